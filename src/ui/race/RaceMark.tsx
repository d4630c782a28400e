// A contender's line as it is drawn in the chart, to stand beside its name.

import type { ContenderId } from './contenders';
import styles from './Race.module.css';
import { racePens } from './racePens';

export function RaceMark({ id }: { readonly id: ContenderId }) {
  const { color, dash, width } = racePens[id];
  return (
    <svg className={styles.mark} viewBox="0 0 30 6" width="30" height="6" aria-hidden="true" focusable="false">
      <line
        x1="0"
        y1="3"
        x2="30"
        y2="3"
        style={{ stroke: `var(${color})`, strokeWidth: width, strokeDasharray: dash.join(' ') || 'none' }}
      />
    </svg>
  );
}

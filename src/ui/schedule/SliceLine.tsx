// The slice that is pointed at, in a line below a schedule, or how to point. While there is a slice the line stays in sight: a schedule of many ranks
// is taller than a window, and by touch and by keys no words come beside the picture.

import { useText } from '../i18n/useText';
import styles from './ScheduleChart.module.css';
import type { SliceWords } from './sliceText';

export function SliceLine({
  slice,
  testId,
}: {
  readonly slice: SliceWords | null;
  readonly testId: string | undefined;
}) {
  const words = useText().t.schedule;
  const coarse = matchMedia('(hover: none)').matches;
  return (
    <p
      className={slice === null ? styles.said : `${styles.said} ${styles.told}`}
      aria-live="polite"
      data-testid={testId}
    >
      {slice === null ? (
        <span className={styles.facts}>{coarse ? words.touchHint : words.hint}</span>
      ) : (
        <>
          {slice.title} <span className={styles.facts}>· {slice.facts.join(' · ')}</span>
        </>
      )}
    </p>
  );
}

// Before the first run: the stages in their order, each with what it will do. A function of its stages.

import { useText } from '../i18n/useText';
import styles from './FlowOutline.module.css';
import type { FlowStage } from './flowRows';

export function FlowOutline({ stages }: { readonly stages: readonly FlowStage[] }) {
  const { t, terms } = useText();
  return (
    <ol className={styles.list}>
      {stages.map((stage) => (
        <li key={stage}>
          <span className={styles.name}>{t.dataView.stage[stage]}</span>
          <span>{terms[`stage.${stage}`][1]}</span>
        </li>
      ))}
    </ol>
  );
}

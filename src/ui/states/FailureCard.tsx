// A run that failed: what, why, what to do, what was kept; restart and copy the report. Never a stack first.

import { ClipboardCopy, RotateCcw } from 'lucide-react';
import { copyText } from '../commands';
import { useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { reportText } from '../report';
import { useRun } from '../stores/runStore';
import { FailureText } from './FailureText';
import styles from './states.module.css';

export function FailureCard() {
  const { t } = useText();
  const failure = useRun((state) => state.failure);
  const step = useRun((state) => state.step);
  if (failure === null) return null;
  const input = failure.code === 'data.invalid' || failure.code === 'tokenizer.invalid';
  return (
    <section className={styles.failure} role="alert" data-testid="failure">
      <h2>{t.errors[failure.code]}</h2>
      <FailureText error={failure} details />
      {step > 0 ? <p className={styles.kept}>{t.notices.kept}</p> : null}
      <div className={styles.actions}>
        <Key primary icon={RotateCcw} onClick={() => labController.restart()}>
          {input ? t.notices.retry : t.notices.restart}
        </Key>
        <Key icon={ClipboardCopy} onClick={() => void copyText(reportText(failure), t.notices.reportCopied)}>
          {t.notices.copyReport}
        </Key>
      </div>
    </section>
  );
}

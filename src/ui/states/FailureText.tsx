// An error in words: what, why, what to do. The heading and advice in the person's language, the facts as they came.
// No buttons; details stay folded.

import type { LabErrorData } from '../../core/errors';
import { useText } from '../i18n/useText';
import styles from './states.module.css';

export function FailureText({ error, details = false }: { readonly error: LabErrorData; readonly details?: boolean }) {
  const { t, language } = useText();
  // Advice that came with the error knows the numbers; in Chinese the general advice is added in the reader's language.
  const ownAdvice = error.advice !== undefined && (language === 'en' || t.errorAdvice[error.code] === '');
  return (
    <div className={styles.text}>
      <p>{error.message}</p>
      {error.why === undefined ? null : <p>{error.why}</p>}
      {language === 'zh' && error.advice !== undefined ? <p lang="en">{error.advice}</p> : null}
      <p className={styles.advice}>{ownAdvice ? error.advice : t.errorAdvice[error.code]}</p>
      {details && error.details !== undefined ? (
        <details>
          <summary>{t.notices.details}</summary>
          <pre className={styles.details}>{error.details}</pre>
        </details>
      ) : null}
    </div>
  );
}

// Things to know that stop nothing: parts of a link that were not taken, remarks of workers. Each can be dismissed.

import { X } from 'lucide-react';
import { useStore } from 'zustand';
import { fieldName, issueText } from '../i18n/issueText';
import { textStore, useText } from '../i18n/useText';
import { IconButton, Key } from '../parts/Buttons';
import { dismissNotice, useRun } from '../stores/runStore';
import { setupStore, useSetup } from '../stores/setupStore';
import { viewStore } from '../stores/viewStore';
import { FailureText } from './FailureText';
import styles from './states.module.css';

const MAX_LISTED = 12;

export function Notices() {
  const texts = useText();
  const { t } = texts;
  const notices = useRun((state) => state.notices);
  const linkIssues = useSetup((state) => state.linkIssues);
  const failed = useStore(textStore, (state) => state.failed);
  if (notices.length === 0 && linkIssues.length === 0 && failed === null) return null;
  return (
    <section className={styles.notices} aria-label={t.notices.title}>
      {failed === null ? null : (
        <div className={styles.notice} role="alert" data-testid="language-not-fetched">
          <div>
            <p>{t.notices.languageNotFetched[failed]}</p>
            <Key onClick={() => viewStore.setState({ language: failed })}>{t.notices.retry}</Key>
          </div>
          <IconButton icon={X} label={t.notices.dismiss} onClick={() => textStore.setState({ failed: null })} />
        </div>
      )}
      {linkIssues.length === 0 ? null : (
        <div className={styles.notice} role="status" data-testid="link-issues">
          <div>
            <strong>{t.notices.linkTitle}</strong>
            <ul className={styles.issues}>
              {linkIssues.slice(0, MAX_LISTED).map((issue) => (
                <li key={`${issue.path} ${issue.got} ${issue.expected}`}>
                  {issue.path === '' ? null : <code title={fieldName(issue.path, texts)}>{issue.path}</code>}{' '}
                  {issue.expected === 'no such field'
                    ? t.notices.noSuchSetting
                    : t.notices.linkIssue(issue.got, issueText(issue, texts))}
                </li>
              ))}
              {linkIssues.length > MAX_LISTED ? <li>+ {linkIssues.length - MAX_LISTED}</li> : null}
            </ul>
          </div>
          <IconButton icon={X} label={t.notices.dismiss} onClick={() => setupStore.setState({ linkIssues: [] })} />
        </div>
      )}
      {notices.map(({ id, error }) => (
        <div key={id} className={styles.notice} role="status">
          <FailureText error={error} />
          <IconButton icon={X} label={t.notices.dismiss} onClick={() => dismissNotice(id)} />
        </div>
      ))}
    </section>
  );
}

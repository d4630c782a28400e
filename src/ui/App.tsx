// The whole page: header, notices, the view in use, and the layers above them.

import { ErrorBoundary } from 'react-error-boundary';
import styles from './App.module.css';
import { Header } from './header/Header';
import { useText } from './i18n/useText';
import { CommandDialog } from './layers/CommandDialog';
import { DropLayer } from './layers/DropLayer';
import { TermLayer } from './layers/TermLayer';
import { Key } from './parts/Buttons';
import { Notices } from './states/Notices';
import { useRun } from './stores/runStore';
import { ViewInUse } from './ViewInUse';

export function App() {
  const { t } = useText();
  const flash = useRun((state) => state.flash);
  return (
    <ErrorBoundary
      fallbackRender={() => (
        <p role="alert" className={styles.broken}>
          {t.errors.internal}. <Key onClick={() => location.reload()}>{t.notices.retry}</Key>
        </p>
      )}
    >
      <button type="button" className={styles.skip} onClick={() => document.getElementById('main')?.focus()}>
        {t.skipToContent}
      </button>
      <Header />
      <Notices />
      <ViewInUse />
      <CommandDialog />
      <DropLayer />
      <TermLayer />
      <div className={styles.flash} role="status">
        {flash === null ? null : <span>{flash}</span>}
      </div>
    </ErrorBoundary>
  );
}

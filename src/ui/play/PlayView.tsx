// The Play view: a model on the left, what it is asked and writes in the middle, what it wrote before on the right. Layout only.

import { Unsupported } from '../states/Unsupported';
import { useRun } from '../stores/runStore';
import { CompressPanel } from './CompressPanel';
import { ModelPanel } from './ModelPanel';
import { OutputsPanel } from './OutputsPanel';
import styles from './PlayView.module.css';
import { SamplingPanel } from './SamplingPanel';
import { SavePanel } from './SavePanel';
import { TokensPanel } from './TokensPanel';
import { WritePanel } from './WritePanel';

export function PlayView() {
  const absent = useRun((state) => state.device === 'absent');
  return (
    <main id="main" className={styles.view} tabIndex={-1}>
      {absent ? (
        <Unsupported />
      ) : (
        <>
          <div className={styles.main}>
            <WritePanel />
            <TokensPanel />
            <CompressPanel />
          </div>
          <div className={styles.model}>
            <ModelPanel />
            <OutputsPanel />
          </div>
          <div className={styles.side}>
            <SamplingPanel />
            <SavePanel />
          </div>
        </>
      )}
    </main>
  );
}

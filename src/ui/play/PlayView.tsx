// The Play view: a model on the left, what it is asked and writes in the middle, what it wrote before on the right. Layout only.

import { modelSizes } from '../../core/modelConfig';
import { ReadingPanels } from '../reading/ReadingPanels';
import { Unsupported } from '../states/Unsupported';
import { usePlay } from '../stores/playStore';
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
  /** The model where it reads texts whole, and continues none. */
  const reader = usePlay(({ model }) =>
    model !== null && modelSizes(model.config).task !== 'causal-lm' ? model : null,
  );
  return (
    <main id="main" className={styles.view} tabIndex={-1}>
      {absent ? (
        <Unsupported />
      ) : (
        <>
          <div className={styles.main}>
            {reader === null ? (
              <>
                <WritePanel />
                <TokensPanel />
                <CompressPanel />
              </>
            ) : (
              <ReadingPanels model={reader} />
            )}
          </div>
          <div className={styles.model}>
            <ModelPanel />
            {reader === null ? <OutputsPanel /> : null}
          </div>
          <div className={styles.side}>
            {reader === null ? <SamplingPanel /> : null}
            <SavePanel />
          </div>
        </>
      )}
    </main>
  );
}

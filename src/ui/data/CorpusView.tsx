// The Data view: what is read and how on the left, the flow and what it found in the middle, what came out on the right. Layout only.

import { useEffect } from 'react';
import { storedController } from '../labControllerStored';
import { tokenizerController } from '../labControllerTokenizer';
import { useData } from '../stores/dataStore';
import styles from './CorpusView.module.css';
import { DuplicatesPanel } from './DuplicatesPanel';
import { FilesPanel } from './FilesPanel';
import { FlowPanel } from './FlowPanel';
import { LanguagesPanel, LengthsPanel } from './HistogramPanels';
import { PlaygroundPanel } from './PlaygroundPanel';
import { SamplesPanel } from './SamplesPanel';
import { ShardMapPanel } from './ShardMapPanel';
import { SourcePanel } from './SourcePanel';
import { StagesPanel } from './StagesPanel';
import { TokenizerPanel } from './TokenizerPanel';
import { VocabularyPanel } from './VocabularyPanel';

export function CorpusView() {
  const result = useData((state) => state.result);
  useEffect(() => {
    void storedController.restore();
    void tokenizerController.restore();
  }, []);
  return (
    <main id="main" className={styles.view} tabIndex={-1}>
      <div className={styles.setup}>
        <SourcePanel />
        <StagesPanel />
      </div>
      <div className={styles.instrument}>
        <FlowPanel />
        <SamplesPanel />
      </div>
      <div className={styles.output}>
        <TokenizerPanel />
        {result === null ? null : (
          <>
            <LengthsPanel result={result} />
            <LanguagesPanel result={result} />
            <VocabularyPanel result={result} />
          </>
        )}
      </div>
      <div className={styles.wide}>
        <PlaygroundPanel />
        {result === null ? null : (
          <>
            <DuplicatesPanel result={result} />
            <ShardMapPanel result={result} />
            <FilesPanel result={result} />
          </>
        )}
      </div>
    </main>
  );
}

// The Inside view: a text and its tokens, attention and the logit lens over them, and tensors of the run as it trains. Layout only, and what the
// view does by itself: it looks once when it can, and ends what it had watched when it is left.

import { useEffect } from 'react';
import { insideController } from '../labControllerInside';
import { FailureCard } from '../states/FailureCard';
import { Unsupported } from '../states/Unsupported';
import { insideStore } from '../stores/insideStore';
import { useRun } from '../stores/runStore';
import { setupStore } from '../stores/setupStore';
import { Transport } from '../train/Transport';
import { AttentionPanel } from './AttentionPanel';
import styles from './InsideView.module.css';
import { LensPanel } from './LensPanel';
import { TensorsPanel } from './TensorsPanel';
import { TextPanel } from './TextPanel';

const FALLBACK_TEXT = 'It was the best';

export function InsideView() {
  const absent = useRun((state) => state.device === 'absent');
  const facts = useRun((state) => state.facts);
  const ready = useRun(
    ({ state }) => state === 'ready' || state === 'paused' || state === 'running' || state === 'finished',
  );
  useEffect(() => {
    if (insideStore.getState().text === '')
      insideStore.setState({ text: setupStore.getState().config.train.samplePrompt || FALLBACK_TEXT });
    return () => void insideController.leave();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run has other tensors
  useEffect(() => {
    if (!ready) return;
    void insideController.follow();
    if (insideStore.getState().inspection === null) void insideController.look();
  }, [facts, ready]);
  return (
    <main id="main" className={styles.view} tabIndex={-1}>
      <div className={styles.main}>
        {absent ? <Unsupported /> : <Transport />}
        <FailureCard />
        <TextPanel />
        <AttentionPanel />
        <LensPanel />
      </div>
      <div className={styles.side}>
        <TensorsPanel />
      </div>
    </main>
  );
}

// The Inside view: a text and its tokens, attention and the logit lens over them, and tensors of the run as it trains. Layout only, and what the
// view does by itself: it looks once when it can, and ends what it had watched when it is left.

import { useEffect } from 'react';
import { insideController } from '../labControllerInside';
import { FailureCard } from '../states/FailureCard';
import { Unsupported } from '../states/Unsupported';
import { insideStore } from '../stores/insideStore';
import { runStore, useRun } from '../stores/runStore';
import { setupStore } from '../stores/setupStore';
import { Transport } from '../train/Transport';
import { AttentionPanel } from './AttentionPanel';
import styles from './InsideView.module.css';
import { LensPanel } from './LensPanel';
import { TensorsPanel } from './TensorsPanel';
import { TextPanel } from './TextPanel';

const FALLBACK_TEXT = 'It was the best of times';
const SHOWN_CHARACTERS = 28;
const TOO_SHORT = 8;

/** Long enough to have something to point at: what the run wrote last, or the prompt, or, where that is a word, a few words in its letters. */
function firstText(): string {
  const { samplePrompt } = setupStore.getState().config.train;
  const written = runStore.getState().samples.findLast(({ step, text }) => step > 0 && text !== '');
  if (written !== undefined) return `${written.prompt}${written.text}`.slice(0, SHOWN_CHARACTERS);
  const short = samplePrompt.length < TOO_SHORT && /^[ -~]*$/.test(samplePrompt);
  return short ? FALLBACK_TEXT : samplePrompt.slice(0, SHOWN_CHARACTERS);
}

export function InsideView() {
  const absent = useRun((state) => state.device === 'absent');
  const facts = useRun((state) => state.facts);
  const ready = useRun(
    ({ state }) => state === 'ready' || state === 'paused' || state === 'running' || state === 'finished',
  );
  useEffect(() => {
    if (insideStore.getState().text === '') insideStore.setState({ text: firstText() });
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

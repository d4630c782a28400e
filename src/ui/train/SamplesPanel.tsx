// What the model writes: the newest sample large and growing, earlier ones below by step, noise at the bottom.
// Prompts are settings; asking goes to labController.

import { Copy, PenLine } from 'lucide-react';
import { useEffect, useState } from 'react';
import { modelSizes } from '../../core/modelConfig';
import { copyText } from '../commands';
import { useText } from '../i18n/useText';
import { askRun } from '../labControllerSamples';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { type Sample, useRun } from '../stores/runStore';
import { setField, useSetup } from '../stores/setupStore';
import styles from './SamplesPanel.module.css';

const MAX_PROMPT = 2000;

export function SamplesPanel() {
  const { t, format } = useText();
  const samples = useRun((state) => state.samples);
  const asking = useRun((state) => state.asking);
  const ready = useRun((state) => state.facts !== null && state.failure === null);
  const task = useRun((state) => (state.facts === null ? 'causal-lm' : modelSizes(state.facts.config.model).task));
  const words = t.samples.tasks[task];
  const prompt = useSetup((state) => state.config.train.samplePrompt);
  const every = useSetup((state) => state.config.train.sampleEvery);
  const [draft, setDraft] = useState(prompt);
  useEffect(() => setDraft(prompt), [prompt]);
  const newest = samples.at(-1);
  const earlier = samples.slice(0, -1).reverse();
  const commit = () => setField('train', 'samplePrompt', draft);
  return (
    <Panel id="samples" title={<Term id="sample">{t.samples.title}</Term>}>
      <form
        className={styles.ask}
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !asking) void askRun(draft);
        }}
      >
        <label htmlFor="sample-prompt" data-term="train.samplePrompt">
          {words.prompt}
        </label>
        <input
          id="sample-prompt"
          type="text"
          value={draft}
          maxLength={MAX_PROMPT}
          autoComplete="off"
          placeholder={words.blank}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={commit}
        />
        <Key
          icon={PenLine}
          disabled={!ready || asking}
          title={ready ? undefined : t.samples.needRun}
          onClick={() => void askRun(draft)}
        >
          {asking ? words.busy : t.samples.now}
        </Key>
      </form>
      {newest === undefined ? (
        <p className={styles.empty}>{every === 0 ? t.samples.off : words.empty(format.integer(every))}</p>
      ) : (
        <Entry sample={newest} newest />
      )}
      {earlier.length === 0 ? null : (
        <ScrollArea className={styles.history} label={t.samples.earlier}>
          <ol reversed>
            {earlier.map((sample) => (
              <li key={sample.id}>
                <Entry sample={sample} />
              </li>
            ))}
          </ol>
        </ScrollArea>
      )}
    </Panel>
  );
}

function Entry({ sample, newest = false }: { readonly sample: Sample; readonly newest?: boolean }) {
  const { t, format } = useText();
  return (
    <article
      className={newest ? `${styles.entry} ${styles.newest}` : styles.entry}
      data-testid={newest ? 'newest-sample' : undefined}
    >
      <header className={styles.gutter}>
        <span>{t.samples.atStep(format.integer(sample.step))}</span>
        {sample.droppedTokens ? <span>{t.samples.dropped(format.integer(sample.droppedTokens))}</span> : null}
        {sample.pipeline ? (
          <span>
            {t.samples.pipeline(format.integer(sample.pipeline.stages), format.bytes(sample.pipeline.bytesPerToken))}
          </span>
        ) : null}
        {sample.asked ? <span>{t.samples.asked}</span> : null}
        {newest ? (
          <IconButton
            icon={Copy}
            label={t.samples.copy}
            onClick={() => void copyText(sample.prompt + sample.text, t.samples.copied)}
          />
        ) : null}
      </header>
      <p className={styles.text} aria-busy={!sample.done}>
        <span className={styles.prompt}>{sample.prompt}</span>
        {sample.text}
        {sample.done ? null : <span className={styles.caret} aria-hidden />}
      </p>
    </article>
  );
}

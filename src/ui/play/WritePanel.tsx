// The prompt, and the text that the model makes of it, as it comes; how fast it came, what of it the model still sees, and why it ended.

import { Copy, Download, PenLine, Square } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useId } from 'react';
import { modelSizes } from '../../core/modelConfig';
import { copyText } from '../commands';
import { saveText } from '../downloads';
import { useText } from '../i18n/useText';
import { playController } from '../labControllerPlay';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { setPlaySettings, shownOutput, usePlay } from '../stores/playStore';
import { OutputFacts } from './OutputFacts';
import styles from './WritePanel.module.css';

export function WritePanel() {
  const { t } = useText();
  const words = t.play.write;
  const model = usePlay((state) => state.model);
  const prompt = usePlay((state) => state.settings.prompt);
  const state = usePlay((play) => play.state);
  const id = useId();
  const writing = state === 'writing';
  const text = model !== null && modelSizes(model.config).task === 'causal-lm';
  const blank = prompt === '';
  const ready = text && state === 'idle' && !blank;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready) void playController.write();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <Panel id="playWrite" title={words.title}>
      <form className={styles.ask} onSubmit={submit}>
        <label htmlFor={id}>
          {words.prompt} <span className={styles.hint}>{words.promptHint}</span>
        </label>
        <textarea
          id={id}
          rows={3}
          value={prompt}
          spellCheck={false}
          onChange={({ target }) => setPlaySettings({ prompt: target.value })}
          onKeyDown={onKey}
        />
        <div className={styles.keys}>
          {writing ? (
            <Key icon={Square} onClick={() => playController.stop()}>
              {words.stop}
            </Key>
          ) : (
            <Key primary icon={PenLine} disabled={!ready} onClick={submit}>
              {words.write}
            </Key>
          )}
          {model === null ? (
            <span>{state === 'loading' ? t.play.model.loading : t.play.model.none}</span>
          ) : text && blank ? (
            <span>{words.blank}</span>
          ) : null}
        </div>
      </form>
      <Output />
    </Panel>
  );
}

function Output() {
  const { t } = useText();
  const words = t.play.write;
  const written = usePlay((state) => state.written);
  const output = usePlay(shownOutput);
  const prompt = usePlay((state) => state.settings.prompt);
  if (written === null && output === undefined) return <p className={styles.empty}>{words.empty}</p>;
  const said = written === null ? (output?.settings.prompt ?? '') : prompt;
  const text = written?.text ?? output?.result.text ?? '';
  return (
    <>
      <section className={styles.output} aria-label={words.output} data-testid="play-output">
        <p className={styles.text} aria-busy={written !== null}>
          <span className={styles.prompt}>{said}</span>
          <span data-testid="play-text">{text}</span>
          {written === null ? null : <span className={styles.caret} aria-hidden />}
        </p>
        {written !== null ? null : (
          <div className={styles.tools}>
            <IconButton icon={Copy} label={words.copy} onClick={() => void copyText(said + text, words.copied)} />
            <IconButton
              icon={Download}
              label={words.save}
              onClick={() => saveText(said + text, 'shardlab-text.txt', 'text/plain')}
            />
          </div>
        )}
      </section>
      <OutputFacts written={written} output={output} />
    </>
  );
}

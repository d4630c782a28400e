// The text that is looked at, whose model reads it, and its tokens: the strip that every other picture follows.

import { Eye } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useId } from 'react';
import { useText } from '../i18n/useText';
import { insideController } from '../labControllerInside';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { FailureText } from '../states/FailureText';
import { insideSources, insideStore, useInside } from '../stores/insideStore';
import { usePlay } from '../stores/playStore';
import { useRun } from '../stores/runStore';
import { isOneOf } from '../stores/viewStore';
import styles from './TextPanel.module.css';
import { TokenStrip } from './TokenStrip';

export function TextPanel() {
  const { t } = useText();
  const words = t.inside.text;
  const text = useInside((state) => state.text);
  const source = useInside((state) => state.source);
  const looking = useInside((state) => state.state === 'looking');
  const error = useInside((state) => state.error);
  const playing = usePlay((state) => state.model !== null);
  const noRun = useRun(({ state }) => state === 'preparing' || state === 'empty' || state === 'failed');
  const id = useId();
  const ready = !looking && text !== '' && (source === 'play' ? playing : !noRun);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready) void insideController.look();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <Panel id="insideText" title={words.title}>
      <form className={styles.ask} onSubmit={submit}>
        <label htmlFor={id}>
          {words.label} <span className={styles.hint}>{words.hint}</span>
        </label>
        <textarea
          id={id}
          rows={2}
          value={text}
          spellCheck={false}
          onChange={({ target }) => insideStore.setState({ text: target.value })}
          onKeyDown={onKey}
        />
        <div className={styles.keys}>
          <Key primary icon={Eye} disabled={!ready} onClick={submit}>
            {looking ? words.looking : words.look}
          </Key>
          <label className={styles.source}>
            {words.source}
            <select
              value={source}
              onChange={({ target }) => {
                if (isOneOf(insideSources, target.value)) insideStore.setState({ source: target.value });
              }}
            >
              {insideSources.map((name) => (
                <option key={name} value={name} disabled={name === 'play' && !playing}>
                  {words.sources[name]}
                </option>
              ))}
            </select>
          </label>
          {source === 'run' && noRun ? <span>{words.noRun}</span> : null}
        </div>
      </form>
      {error === null ? null : (
        <div role="alert" className={styles.error}>
          <FailureText error={error} />
        </div>
      )}
      <Read />
    </Panel>
  );
}

/** What was read, and with which weights. */
function Read() {
  const { t, format } = useText();
  const words = t.inside.text;
  const inspection = useInside((state) => state.inspection);
  const source = useInside((state) => state.source);
  const step = useRun((state) => state.step);
  if (inspection === null) return <p className={styles.empty}>{words.empty}</p>;
  const { ids, leftOut, dropped, milliseconds } = inspection;
  const weights = inspection.step === null ? words.loaded : words.atStep(format.integer(inspection.step));
  const older = source === 'run' && inspection.step !== null && inspection.step < step;
  return (
    <>
      <TokenStrip inspection={inspection} />
      <p className={styles.facts} data-testid="inside-facts">
        {weights}, {words.took(format.duration(milliseconds))}. {older ? words.older(format.integer(step)) : null}
      </p>
      {leftOut > 0 ? (
        <p className={styles.notice}>{words.leftOut(format.integer(leftOut), format.integer(ids.length))}</p>
      ) : null}
      {dropped > 0 ? <p className={styles.notice}>{words.dropped(format.integer(dropped))}</p> : null}
    </>
  );
}

// How the next token is drawn: every knob of the draw, with a slider where a slider helps. The draw itself judges values out of range and says so.

import { Dices, RotateCcw } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import type { TermId } from '../i18n/termsEn';
import { useText } from '../i18n/useText';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { setPlaySettings, usePlay } from '../stores/playStore';
import { LogitBias } from './LogitBias';
import { defaultPlaySettings, type PlaySettings } from './playSettings';
import styles from './SamplingPanel.module.css';

type NumberName = Exclude<keyof PlaySettings, 'prompt' | 'stop' | 'logitBias'>;

interface Knob {
  readonly name: NumberName;
  readonly term: TermId;
  readonly step: number;
  readonly max?: number;
  /** Ends of the slider; none where a slider would not help. */
  readonly slider?: readonly [number, number];
}

const knobs: readonly Knob[] = [
  { name: 'temperature', term: 'playTemperature', step: 0.05, slider: [0, 2] },
  { name: 'topK', term: 'playTopK', step: 1, slider: [0, 100] },
  { name: 'topP', term: 'playTopP', step: 0.01, slider: [0.01, 1] },
  { name: 'minP', term: 'playMinP', step: 0.01, slider: [0, 1] },
  { name: 'repetitionPenalty', term: 'playRepetitionPenalty', step: 0.05, slider: [0.5, 2] },
  { name: 'beams', term: 'playBeams', step: 1 },
  { name: 'draftTokens', term: 'playDraftTokens', step: 1, max: 15 },
  { name: 'maxTokens', term: 'playMaxTokens', step: 1, max: 4096 },
  { name: 'seed', term: 'playSeed', step: 1 },
];

export function SamplingPanel() {
  const { t, termName } = useText();
  const words = t.play.sampling;
  const stop = usePlay((state) => state.settings.stop);
  const greedy = usePlay((state) => state.settings.temperature === 0);
  const stopId = useId();
  const defaults = () => {
    const { prompt: _, ...rest } = defaultPlaySettings;
    setPlaySettings(rest);
  };
  return (
    <Panel
      id="playSampling"
      title={words.title}
      fillable={false}
      tools={<IconButton icon={RotateCcw} label={words.defaults} onClick={defaults} />}
    >
      {knobs.map((knob) => (
        <NumberKnob key={knob.name} knob={knob} />
      ))}
      <Key icon={Dices} onClick={() => setPlaySettings({ seed: Math.floor(Math.random() * 2 ** 32) })}>
        {words.newSeed}
      </Key>
      <FolderRemark />
      {greedy ? <p className={styles.remark}>{words.greedy}</p> : null}
      <div className={styles.stop}>
        <label htmlFor={stopId}>
          <span data-term="playStop">{termName('playStop')}</span> <span className={styles.hint}>{words.stopHint}</span>
        </label>
        <textarea
          id={stopId}
          rows={2}
          value={stop}
          spellCheck={false}
          onChange={({ target }) => setPlaySettings({ stop: target.value })}
        />
      </div>
      <LogitBias />
    </Panel>
  );
}

/** What the model's folder says of how to ask it, and what of that nobody follows. */
function FolderRemark() {
  const { t } = useText();
  const words = t.play.sampling;
  const defaults = usePlay((state) => state.model?.facts.defaults ?? null);
  if (defaults === null) return null;
  const set = Object.entries(defaults.settings).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  const missed = defaults.notFollowed.map(({ field, value }) => `${field} ${value}`);
  return (
    <>
      {set.length === 0 ? null : <p className={styles.remark}>{words.fromFolder(set.join(', '))}</p>}
      {missed.length === 0 ? null : <p className={styles.remark}>{words.notFollowed(missed.join(', '))}</p>}
    </>
  );
}

function NumberKnob({ knob: { name, term, step, max, slider } }: { readonly knob: Knob }) {
  const { termName } = useText();
  const id = useId();
  const value = usePlay((state) => state.settings[name]);
  const [draft, setDraft] = useState(String(value));
  useEffect(() => setDraft(String(value)), [value]);
  const take = (text: string) => {
    setDraft(text);
    const number = Number(text);
    if (text.trim() !== '' && Number.isFinite(number)) {
      const kept = name === 'maxTokens' ? Math.max(1, Math.min(max ?? number, Math.floor(number))) : number;
      setPlaySettings({ [name]: kept });
    }
  };
  return (
    <div className={slider === undefined ? styles.knob : `${styles.knob} ${styles.sliding}`}>
      <label htmlFor={id}>
        <span data-term={term}>{termName(term)}</span>
      </label>
      {slider === undefined ? null : (
        <input
          type="range"
          aria-label={termName(term)}
          min={slider[0]}
          max={slider[1]}
          step={step}
          value={value}
          onChange={({ target }) => take(target.value)}
        />
      )}
      <input
        id={id}
        type="number"
        step={step}
        min={0}
        value={draft}
        onChange={({ target }) => take(target.value)}
        onBlur={() => setDraft(String(value))}
      />
    </div>
  );
}

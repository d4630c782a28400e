// Training a tokenizer on the result of the pipeline: what it is to be, how it comes along, the merges as they are learnt, and those that were made.

import { GraduationCap, Undo2, X } from 'lucide-react';
import { type TokenizerKind, tokenizerKinds } from '../../core/tokenizerRecords';
import { useText } from '../i18n/useText';
import { tokenizerController } from '../labControllerTokenizer';
import { Key } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { visibleToken } from '../play/tokenText';
import { FailureText } from '../states/FailureText';
import { brokenShards, useData } from '../stores/dataStore';
import { setKind, tokenizerStore, useTokenizers } from '../stores/tokenizerStore';
import styles from './TokenizerPanel.module.css';
import { TrainedTokenizer } from './TrainedTokenizer';
import { kindAndSize, tokenizerName } from './tokenizerName';

const NEWEST = 40;

export function TokenizerPanel() {
  const { t } = useText();
  const words = t.dataView.tokenizer;
  const training = useTokenizers((state) => state.training);
  const trained = useTokenizers((state) => state.trained);
  const error = useTokenizers((state) => state.error);
  const ready = useData((state) => state.result !== null && state.state === 'done' && brokenShards(state).length === 0);
  return (
    <Panel id="tokenizerTraining" title={<Term id="tokenizerTraining" />} fillable={false}>
      <Options disabled={training} />
      <div className={styles.keys}>
        {training ? (
          <Key icon={X} onClick={() => tokenizerController.cancel()}>
            {words.cancel}
          </Key>
        ) : (
          <Key
            icon={GraduationCap}
            primary={ready && trained.length === 0}
            disabled={!ready}
            title={ready ? undefined : words.noResult}
            onClick={() => void tokenizerController.train()}
          >
            {words.train}
          </Key>
        )}
        {ready ? null : <span className={styles.quiet}>{words.noResult}</span>}
      </div>
      {training ? <Progress /> : null}
      <Status />
      {error === null ? null : (
        <div className={styles.failed} role="alert">
          <FailureText error={error} />
        </div>
      )}
      <Merges />
      <Removed />
      {trained.toReversed().map((entry) => (
        <TrainedTokenizer key={entry.id} entry={entry} />
      ))}
    </Panel>
  );
}

function Options({ disabled }: { readonly disabled: boolean }) {
  const { t } = useText();
  const words = t.dataView.tokenizer;
  const { kind, vocabularySize, minFrequency, specialTokens } = useTokenizers((state) => state);
  return (
    <>
      <label className={form.field}>
        <span data-term="tokenizer.kind">{words.kind}</span>
        <select
          className={form.input}
          value={kind}
          disabled={disabled}
          onChange={({ target }) => {
            const chosen = tokenizerKinds.find((known: TokenizerKind) => known === target.value);
            if (chosen !== undefined) setKind(chosen);
          }}
        >
          {tokenizerKinds.map((name) => (
            <option key={name} value={name}>
              {words.kinds[name]}
            </option>
          ))}
        </select>
      </label>
      <Count
        term="tokenizer.vocabularySize"
        name={words.vocabularySize}
        value={vocabularySize}
        disabled={disabled}
        onValue={(value) => tokenizerStore.setState({ vocabularySize: value })}
      />
      <Count
        term="tokenizer.minFrequency"
        name={words.minFrequency}
        value={minFrequency}
        disabled={disabled}
        onValue={(value) => tokenizerStore.setState({ minFrequency: value })}
      />
      <label className={form.field}>
        <span data-term="tokenizer.specialTokens">{words.specialTokens}</span>
        <input
          className={form.input}
          value={specialTokens}
          disabled={disabled}
          spellCheck={false}
          onChange={({ target }) => tokenizerStore.setState({ specialTokens: target.value })}
        />
      </label>
    </>
  );
}

interface CountProps {
  readonly term: string;
  readonly name: string;
  readonly value: number;
  readonly disabled: boolean;
  readonly onValue: (value: number) => void;
}

/** Whole numbers from 1; what the training itself refuses, it names. */
function Count({ term, name, value, disabled, onValue }: CountProps) {
  return (
    <label className={form.field}>
      <span data-term={term}>{name}</span>
      <input
        type="number"
        min={1}
        className={`${form.input} ${form.number}`}
        value={value}
        disabled={disabled}
        onChange={({ target }) => {
          const number = Math.floor(Number(target.value));
          if (number >= 1) onValue(number);
        }}
      />
    </label>
  );
}

function Progress() {
  const { t, format } = useText();
  const words = t.dataView.tokenizer;
  const progress = useTokenizers((state) => state.progress);
  if (progress === null) return <p>{words.starting}</p>;
  if (progress.phase === 'reading') {
    const { documents, ofDocuments } = progress;
    const said = words.reading(format.integer(documents), format.integer(ofDocuments));
    return <Bar share={documents / Math.max(1, ofDocuments)} said={said} />;
  }
  const { tokens, target } = progress;
  return progress.phase === 'merges' ? (
    <Bar share={tokens / target} said={words.learning(format.integer(tokens), format.integer(target))} />
  ) : (
    <Bar
      share={target / tokens}
      said={words.pruning(format.integer(tokens), format.integer(target), format.fixed(progress.bitsPerCharacter, 3))}
    />
  );
}

/** What training is at, said once as it changes; the numbers move beside it, unsaid. */
function Status() {
  const { t, format } = useText();
  const words = t.dataView.tokenizer;
  const phase = useTokenizers(({ training, progress }) => (training ? (progress?.phase ?? 'starting') : null));
  const made = useTokenizers(({ newest, trained }) => trained.find(({ id }) => id === newest));
  const said =
    phase !== null ? words.phases[phase] : made === undefined ? '' : words.done(kindAndSize(made, words, format));
  return (
    <p className="visually-hidden" role="status">
      {said}
    </p>
  );
}

function Bar({ share, said }: { readonly share: number; readonly said: string }) {
  return (
    <div className={styles.progress}>
      <progress max={1} value={share} aria-label={said} />
      {said}
    </div>
  );
}

/** The newest first. */
function Merges() {
  const { t, format } = useText();
  const words = t.dataView.tokenizer;
  const merges = useTokenizers((state) => state.merges);
  if (merges.length === 0) return null;
  return (
    <ScrollArea className={styles.merges} label={words.merges}>
      <h3>{words.merges}</h3>
      <ol>
        {merges
          .slice(-NEWEST)
          .reverse()
          .map(({ left, right, count }) => (
            <li key={`${left} ${right}`}>
              <code>
                {visibleToken(left, 0)} + {visibleToken(right, 0)}
              </code>
              <span>{words.times(format.integer(count))}</span>
            </li>
          ))}
      </ol>
    </ScrollArea>
  );
}

function Removed() {
  const { t, format } = useText();
  const words = t.dataView.tokenizer;
  const removed = useTokenizers((state) => state.removed);
  return (
    <div className={removed === null ? undefined : styles.keys}>
      <p role="status">{removed === null ? '' : words.removed(tokenizerName(removed, words, format))}</p>
      {removed === null ? null : (
        <Key icon={Undo2} onClick={() => void tokenizerController.takeBack()}>
          {words.takeBack}
        </Key>
      )}
    </div>
  );
}

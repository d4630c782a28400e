// A text token by token: how much each surprised the model, and what the one that is looked at was drawn from. Of the newest output, or of a text of
// the person's own.

import { BookOpenText, Table } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { modelSizes } from '../../core/modelConfig';
import { useText } from '../i18n/useText';
import { playController } from '../labControllerPlay';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { PictureTable } from '../pictures/PictureTable';
import { type PlayReading, usePlay } from '../stores/playStore';
import { NextTokens } from './NextTokens';
import { bitsOf, surpriseSteps } from './surprise';
import { TokenList } from './TokenList';
import styles from './TokensPanel.module.css';
import { visibleToken } from './tokenText';

export function TokensPanel() {
  const { t } = useText();
  const words = t.play.tokens;
  const reading = usePlay((state) => state.reading);
  const scoring = usePlay((state) => state.scoring);
  const [table, setTable] = useState(false);
  return (
    <Panel
      id="playTokens"
      title={words.title}
      tools={
        reading === null ? undefined : (
          <IconButton icon={Table} label={words.asTable} pressed={table} onClick={() => setTable(!table)} />
        )
      }
    >
      {reading === null ? (
        <p className={styles.empty} role="status">
          {scoring ? words.reading : words.empty}
        </p>
      ) : (
        <>
          <Facts reading={reading} />
          {table ? <TokenTable reading={reading} /> : <TokenList reading={reading} />}
          <NextTokens reading={reading} />
        </>
      )}
      <OwnText />
    </Panel>
  );
}

function OwnText() {
  const { t } = useText();
  const words = t.play.tokens;
  const id = useId();
  const [text, setText] = useState('');
  const ready = usePlay(
    ({ model, state, scoring }) =>
      model !== null && state === 'idle' && !scoring && modelSizes(model.config).task === 'causal-lm',
  );
  const read = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready && text !== '') void playController.readText(text);
  };
  return (
    <form className={styles.own} onSubmit={read}>
      <label htmlFor={id}>
        {words.own} <span className={styles.hint}>{words.ownHint}</span>
      </label>
      <textarea id={id} rows={2} value={text} spellCheck={false} onChange={({ target }) => setText(target.value)} />
      <div>
        <Key icon={BookOpenText} disabled={!ready || text === ''} onClick={read}>
          {words.read}
        </Key>
      </div>
    </form>
  );
}

function Facts({ reading: { score } }: { readonly reading: PlayReading }) {
  const { t, format } = useText();
  const words = t.play.tokens;
  const known = [...score.logProbabilities].filter((value) => !Number.isNaN(value));
  const nats = known.length === 0 ? 0 : -known.reduce((sum, value) => sum + value, 0) / known.length;
  return (
    <div className={styles.facts}>
      <span data-testid="play-score">
        {words.facts(
          format.integer(score.ids.length),
          format.fixed(bitsOf(-nats), 2),
          format.significant(Math.exp(nats)),
        )}
      </span>
      {score.leftOut > 0 ? <span>{words.leftOut(format.integer(score.leftOut))}</span> : null}
      <span className={styles.legend}>
        <Term id="playSurprise">{words.legend}</Term>
        {surpriseSteps.map((bits, step) => (
          <span key={bits} data-surprise={step} className={styles.step}>
            {step === 0 ? `< ${surpriseSteps[1]}` : bits}
          </span>
        ))}
      </span>
    </div>
  );
}

function TokenTable({ reading: { score } }: { readonly reading: PlayReading }) {
  const { t, format } = useText();
  const words = t.play.tokens;
  const { columns } = words;
  const rows = Array.from(score.ids, (id, place) => {
    const known = place > 0;
    const value = score.logProbabilities[place];
    return [
      place + 1,
      visibleToken(score.pieces[place] ?? '', id),
      id,
      known ? Math.exp(value) : null,
      known ? bitsOf(value) : null,
      known ? score.ranks[place] : null,
      known ? -bitsOf(score.entropies[place]) : null,
    ];
  });
  return (
    <PictureTable
      caption={words.title}
      data={{ columns: Object.values(columns), rows }}
      format={(value, column) => (column === 3 ? format.percent(value, 2) : format.significant(value, 4))}
    />
  );
}

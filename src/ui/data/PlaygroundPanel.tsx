// Typed text taken apart by one tokenizer, or by two side by side: coloured tokens with their ids and bytes.

import { useState } from 'react';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { FailureText } from '../states/FailureText';
import { tokenizerStore, useTokenizers } from '../stores/tokenizerStore';
import styles from './Playground.module.css';
import { TokenStrip } from './TokenStrip';
import { tokenizerName } from './tokenizerName';
import { hexBytes, type Tokenized, useTokenized } from './useTokenized';

const MOST_CHARACTERS = 2_000;

export function PlaygroundPanel() {
  const { t, format, termName } = useText();
  const words = t.dataView.playground;
  const text = useTokenizers((state) => state.text);
  const [left, right] = useTokenizers((state) => state.shown);
  const [asTable, setAsTable] = useState(false);
  const first = useTokenized(left, text);
  const second = useTokenized(right, text);
  const shown = [first, second].flatMap((one) => (one === null ? [] : [one]));
  const table = (): PictureData => ({
    columns: words.columns,
    rows: shown.flatMap(({ name, result }) =>
      (result?.tokens ?? []).map((token, at) => [name, at, token.id, token.text, hexBytes(token.bytes)]),
    ),
  });
  return (
    <Panel
      id="tokenizerPlayground"
      title={<Term id="tokenizerPlayground" />}
      tools={
        <PictureTools
          name="tokens"
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={shown.every(({ result }) => result === null)}
        />
      }
    >
      <textarea
        className={styles.text}
        rows={3}
        maxLength={MOST_CHARACTERS}
        value={text}
        aria-label={words.text}
        spellCheck={false}
        onChange={({ target }) => tokenizerStore.setState({ text: target.value })}
      />
      {asTable ? (
        <PictureTable
          caption={termName('tokenizerPlayground')}
          data={table()}
          format={(value) => format.integer(value)}
        />
      ) : (
        <div className={styles.sides}>
          <Side at={0} chosen={left} tokenized={first} />
          <Side at={1} chosen={right} tokenized={second} />
        </div>
      )}
    </Panel>
  );
}

interface SideProps {
  readonly at: 0 | 1;
  readonly chosen: string | null;
  readonly tokenized: Tokenized | null;
}

function Side({ at, chosen, tokenized }: SideProps) {
  const { t, format } = useText();
  const words = t.dataView.playground;
  const trained = useTokenizers((state) => state.trained);
  const choose = (value: string) => {
    const { shown } = tokenizerStore.getState();
    if (at === 0) tokenizerStore.setState({ shown: [value, shown[1]] });
    else tokenizerStore.setState({ shown: [shown[0], value === '' ? null : value] });
  };
  return (
    <section className={styles.side} aria-label={words.sides[at]}>
      <select aria-label={words.sides[at]} value={chosen ?? ''} onChange={({ target }) => choose(target.value)}>
        {at === 1 ? <option value="">{words.alone}</option> : null}
        <option value="byte">{words.bytes}</option>
        <option value="user">{words.chosen}</option>
        {trained.map((entry) => (
          <option key={entry.id} value={entry.id}>
            {tokenizerName(entry, t.dataView.tokenizer, format)}
          </option>
        ))}
      </select>
      {tokenized === null ? null : tokenized.error !== null ? (
        <FailureText error={tokenized.error} />
      ) : tokenized.result === null ? (
        <p className={styles.quiet}>{tokenized.missing ? words.none : words.working}</p>
      ) : (
        <>
          <p className={styles.quiet} data-testid={`tokens-${at}`}>
            {words.summary(
              format.integer(tokenized.result.tokens.length),
              format.significant(tokenized.result.bytes / Math.max(1, tokenized.result.tokens.length)),
              format.integer(tokenized.result.vocabularySize),
            )}
            {tokenized.result.dropped === 0 ? '' : ` ${words.dropped(format.integer(tokenized.result.dropped))}`}
          </p>
          <TokenStrip tokens={tokenized.result.tokens} label={words.tokens(tokenized.name)} />
        </>
      )}
    </section>
  );
}

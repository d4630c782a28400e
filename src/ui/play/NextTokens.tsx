// What the token at the place that is looked at was drawn from: the likeliest with the model's own probability and that of the draw, and where the
// cuts fall. It follows the knobs of the draw as they move.

import { useMemo } from 'react';
import { type TokenChance, tokenDistribution } from '../../core/tokenDistribution';
import { useText } from '../i18n/useText';
import { Term } from '../parts/Term';
import { type PlayReading, usePlay } from '../stores/playStore';
import styles from './NextTokens.module.css';
import { visibleToken } from './tokenText';

const SHOWN = 14;
/** Tokens of the text before that the heading quotes. */
const QUOTED = 12;
const NO_TEXTS: readonly string[] = [];

export function NextTokens({ reading: { score, position, logits } }: { readonly reading: PlayReading }) {
  const { t, format } = useText();
  const words = t.play.tokens.next;
  const settings = usePlay((state) => state.settings);
  const texts = usePlay((state) => state.model?.facts.tokenTexts ?? NO_TEXTS);
  const distribution = useMemo(
    () => (logits === null ? null : tokenDistribution(logits, new Set(score.ids.slice(0, position)), settings, SHOWN)),
    [logits, score, position, settings],
  );
  if (distribution === null) return <div className={styles.waiting} />;
  const { chances, kept, vocabulary } = distribution;
  const before = score.pieces.slice(Math.max(0, position - QUOTED), position).join('');
  const actual = position < score.ids.length ? score.ids[position] : null;
  const most = Math.max(...chances.map((chance) => Math.max(chance.before, chance.after)));
  const name = (id: number) => visibleToken(texts[id] ?? '', id);
  return (
    <section className={styles.next} aria-label={words.title(before)}>
      <h3 className={styles.title}>
        <Term id="playNextToken">{words.title(visibleToken(before, 0))}</Term>
      </h3>
      <p className={styles.remark}>
        {words.kept(format.integer(kept), format.integer(vocabulary))}
        {actual === null || score.ranks[position] < 0
          ? null
          : ` · ${words.taken(
              name(actual),
              format.percent(Math.exp(score.logProbabilities[position]), 1),
              words.rank(format.integer(score.ranks[position])),
            )}`}
      </p>
      <table className={styles.table} data-testid="play-next">
        <thead>
          <tr>
            <th scope="col">{words.token}</th>
            <th scope="col" className={styles.wide}>
              <span className="visually-hidden">{words.bars}</span>
            </th>
            <th scope="col">{words.before}</th>
            <th scope="col">{words.after}</th>
            <th scope="col">{words.drawn}</th>
          </tr>
        </thead>
        <tbody>
          {chances.map((chance, place) => (
            <Row
              key={chance.token}
              chance={chance}
              name={name(chance.token)}
              most={most}
              actual={chance.token === actual}
              line={place > 0 && chance.cut !== chances[place - 1]?.cut}
            />
          ))}
        </tbody>
      </table>
      <p className={styles.remark}>
        {vocabulary > chances.length ? `${words.others(format.integer(vocabulary - chances.length))}. ` : ''}
        {words.bars}
      </p>
    </section>
  );
}

interface RowProps {
  readonly chance: TokenChance;
  readonly name: string;
  /** The longest bar's probability. */
  readonly most: number;
  /** The text has this token here. */
  readonly actual: boolean;
  /** The first that this cut took. */
  readonly line: boolean;
}

function Row({ chance: { before, after, drawn, cut }, name, most, actual, line }: RowProps) {
  const { t, format } = useText();
  const words = t.play.tokens.next;
  const look = [cut === null ? '' : styles.cut, line ? styles.line : '', actual ? styles.actual : ''].join(' ');
  const share = (value: number) => format.percent(value, value < 0.1 ? 2 : 1);
  return (
    <tr className={look}>
      <th scope="row">
        <code>{name}</code>
      </th>
      <td className={styles.wide}>
        <span className={styles.bars} aria-hidden>
          <span className={styles.solid} style={{ inlineSize: `${(100 * after) / most}%` }} />
          <span className={styles.outline} style={{ inlineSize: `${(100 * before) / most}%` }} />
        </span>
      </td>
      <td>{share(before)}</td>
      <td>{share(after)}</td>
      <td>{cut === null ? share(drawn) : line ? words.cuts[cut] : '–'}</td>
    </tr>
  );
}

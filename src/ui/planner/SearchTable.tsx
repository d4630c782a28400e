// What a search found, as a table that sorts by any column; a row's plan is taken over by its name.

import { useState } from 'react';
import type { ClusterPlan } from '../../planner/clusterPlan';
import type { Candidate, SearchResult } from '../../planner/search';
import { choiceKey, choiceOf, sameChoice } from '../../planner/searchSpace';
import { useText } from '../i18n/useText';
import { Key } from '../parts/Buttons';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { adoptChoice } from '../stores/plannerStore';
import styles from './Planner.module.css';
import { choiceText, meshText, restText, stepText } from './planText';
import searchStyles from './Search.module.css';

const columns = ['step', 'rate', 'mfu', 'bubble', 'communication', 'memory'] as const;
type Column = (typeof columns)[number];

const numberOf: Readonly<Record<Column, (of: Candidate) => number>> = {
  step: ({ stepMs }) => stepMs,
  rate: ({ tokensPerSecond }) => tokensPerSecond,
  mfu: ({ modelFlopsShare }) => modelFlopsShare,
  bubble: ({ bubbleShare }) => bubbleShare,
  communication: ({ communicationShare }) => communicationShare,
  memory: ({ peakBytes }) => peakBytes,
};

const AT_ONCE = 24;

interface SearchTableProps {
  readonly result: SearchResult;
  readonly plan: ClusterPlan;
}

export function SearchTable({ result, plan }: SearchTableProps) {
  const texts = useText();
  const { t, format } = texts;
  const words = t.planner.search;
  const [sort, setSort] = useState<{ readonly column: Column; readonly down: boolean }>({
    column: 'step',
    down: false,
  });
  const [frontOnly, setFrontOnly] = useState(false);
  const [shown, setShown] = useState(AT_ONCE);
  const { candidates, front, best } = result;
  const own = choiceOf(plan);
  const chosen = frontOnly ? front.map((index) => candidates[index]) : candidates;
  const rows = [...chosen].sort((a, b) => (numberOf[sort.column](a) - numberOf[sort.column](b)) * (sort.down ? -1 : 1));
  const text: Readonly<Record<Column, (of: Candidate) => string>> = {
    step: ({ stepMs }) => stepText(stepMs, texts),
    rate: ({ tokensPerSecond }) => format.compact(tokensPerSecond),
    mfu: ({ modelFlopsShare }) => format.percent(modelFlopsShare, 1),
    bubble: ({ bubbleShare }) => format.percent(bubbleShare, 1),
    communication: ({ communicationShare }) => format.percent(communicationShare, 1),
    memory: ({ peakBytes }) => format.bytes(peakBytes),
  };
  const press = (column: Column) =>
    setSort(
      sort.column === column ? { column, down: !sort.down } : { column, down: column === 'rate' || column === 'mfu' },
    );
  return (
    <>
      <div className={searchStyles.bar}>
        <label className={searchStyles.front}>
          <input type="checkbox" checked={frontOnly} onChange={(event) => setFrontOnly(event.target.checked)} />
          {words.frontOnly}
        </label>
        <span className={searchStyles.quiet}>{words.resultsHint}</span>
      </div>
      <ScrollArea className={styles.scroll} label={words.results}>
        <table className={styles.table} data-testid="planner-results">
          <caption className="visually-hidden">
            {words.results}, {t.planner.predicted}
          </caption>
          <thead>
            <tr>
              <th scope="col" className={styles.textual}>
                {words.columns.plan}
              </th>
              {columns.map((column) => (
                <th
                  key={column}
                  scope="col"
                  aria-sort={sort.column === column ? (sort.down ? 'descending' : 'ascending') : 'none'}
                >
                  <button
                    type="button"
                    className={searchStyles.sort}
                    aria-label={words.sortBy(words.columns[column])}
                    onClick={() => press(column)}
                  >
                    {words.columns[column]}
                    <span className={searchStyles.arrow} aria-hidden>
                      {sort.column === column ? (sort.down ? '↓' : '↑') : ''}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row) => {
              const name = choiceText(row.choice, texts);
              const mine = sameChoice(row.choice, own);
              return (
                <tr
                  key={choiceKey(row.choice)}
                  className={mine ? searchStyles.own : undefined}
                  data-own={mine || undefined}
                >
                  <th scope="row" className={styles.textual}>
                    <button
                      type="button"
                      className={searchStyles.adopt}
                      aria-label={words.adopt(name)}
                      onClick={() => adoptChoice(row.choice)}
                    >
                      {meshText(row.choice.mesh)}
                    </button>
                    {row === candidates[best ?? -1] ? <span className={searchStyles.tag}>{words.best}</span> : null}
                    {mine ? <span className={searchStyles.tag}>{words.adopted}</span> : null}
                    <span className={searchStyles.rest}>{restText(row.choice, texts)}</span>
                  </th>
                  {columns.map((column) => (
                    <td key={column}>{text[column](row)}</td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollArea>
      <div className={searchStyles.bar}>
        {rows.length > shown ? (
          <Key onClick={() => setShown(shown + 4 * AT_ONCE)}>
            {words.more(format.integer(Math.min(4 * AT_ONCE, rows.length - shown)))}
          </Key>
        ) : null}
        <Term id="paretoFront" />
      </div>
    </>
  );
}

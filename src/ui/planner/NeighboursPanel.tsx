// Why the plan and not the one beside it: each plan that differs in one setting, and what it would cost instead. Asked of the planner's worker as
// soon as the plan has stood still for a moment.

import { useEffect } from 'react';
import type { ChangedSetting, Neighbour, Verdict } from '../../planner/neighbours';
import type { PlanChoice } from '../../planner/searchSpace';
import { type Texts, useText } from '../i18n/useText';
import { labController } from '../labController';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { adoptChoice, usePlanner } from '../stores/plannerStore';
import styles from './Planner.module.css';
import { usePlanned } from './planned';
import { meshText } from './planText';
import tableStyles from './Search.module.css';

const SETTLE_MS = 500;

export function NeighboursPanel() {
  const texts = useText();
  const { t } = texts;
  const words = t.planner.neighbours;
  const { plan, prediction } = usePlanned();
  const known = usePlanner((state) => (state.neighbours?.of === plan ? state.neighbours : null));
  const searching = usePlanner((state) => state.search.state !== 'idle');
  const wanted = prediction !== null && known === null && !searching;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another plan starts the wait anew
  useEffect(() => {
    if (!wanted) return;
    const timer = setTimeout(() => void labController.plans.askNeighbours(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [wanted, plan]);
  if (prediction === null) return null;
  return (
    <Panel
      id="planNeighbours"
      flush
      title={
        <>
          <Term id="neighbour">{words.title}</Term> <span className={styles.basis}>{t.planner.predicted}</span>
        </>
      }
    >
      {prediction.fits ? null : <p className={styles.foot}>{words.unfit}</p>}
      {known === null ? (
        <p className={styles.foot}>{words.asking}</p>
      ) : (
        <ScrollArea className={styles.scroll} label={words.caption}>
          <table className={styles.table} data-testid="planner-neighbours">
            <caption className="visually-hidden">{words.caption}</caption>
            <thead>
              <tr>
                <th scope="col" className={styles.textual}>
                  {words.change}
                </th>
                <th scope="col" className={styles.textual}>
                  {words.verdict}
                </th>
                <th scope="col">{words.compute}</th>
                <th scope="col">{words.communication}</th>
                <th scope="col">{words.bubble}</th>
                <th scope="col">{words.memory}</th>
              </tr>
            </thead>
            <tbody>
              {known.rows.map((row) => (
                <Row key={`${row.setting} ${changeText(row, texts)}`} row={row} texts={texts} />
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
    </Panel>
  );
}

function Row({ row, texts }: { readonly row: Neighbour; readonly texts: Texts }) {
  const { t, format } = texts;
  const { verdict, choice } = row;
  const change = changeText(row, texts);
  const possible = verdict.kind !== 'refused' && verdict.kind !== 'leavesNode';
  const timed = 'parts' in verdict ? verdict : null;
  const more = (ms: number) => (Math.abs(ms) < 0.005 ? '0' : `${ms > 0 ? '+' : '−'}${format.duration(Math.abs(ms))}`);
  const bytes = timed?.byBytes ?? 0;
  return (
    <tr>
      <th scope="row" className={styles.textual}>
        {possible ? (
          <button
            type="button"
            className={tableStyles.adopt}
            aria-label={t.planner.search.adopt(change)}
            onClick={() => adoptChoice(choice)}
          >
            {change}
          </button>
        ) : (
          change
        )}
      </th>
      <td className={`${styles.reason} ${verdict.kind === 'faster' ? styles.better : ''}`}>
        {verdictText(verdict, texts)}
      </td>
      <td>{timed === null ? '' : more(timed.parts.computeMs)}</td>
      <td>{timed === null ? '' : more(timed.parts.communicationMs)}</td>
      <td>{timed === null ? '' : more(timed.parts.bubbleMs)}</td>
      <td>
        {verdict.kind === 'outOfMemory'
          ? format.bytes(verdict.peakBytes)
          : timed === null
            ? ''
            : `${bytes < 0 ? '−' : '+'}${format.bytes(Math.abs(bytes))}`}
      </td>
    </tr>
  );
}

function verdictText(verdict: Verdict, { t, format }: Texts): string {
  const words = t.planner.neighbours;
  switch (verdict.kind) {
    case 'refused':
      return words.refused(t.planner.rules[verdict.issue.rule](verdict.issue.numbers));
    case 'leavesNode':
      return words.leavesNode(format.integer(verdict.node));
    case 'outOfMemory':
      return words.outOfMemory(format.bytes(verdict.overBytes));
    case 'equal':
      return words.equal;
    case 'slower':
    case 'faster':
      return words[verdict.kind](format.percent(Math.abs(verdict.byShare), 1), format.duration(Math.abs(verdict.byMs)));
  }
}

/** What is different, in a few words. */
function changeText(
  { setting, choice }: { setting: ChangedSetting; choice: PlanChoice },
  { t, format }: Texts,
): string {
  const words = t.planner.neighbours;
  switch (setting) {
    case 'mesh':
      return meshText(choice.mesh);
    case 'zero':
      return words.zero(String(choice.zero));
    case 'schedule':
      return choice.stagesPerRank > 1 ? `${choice.schedule} × ${choice.stagesPerRank}` : choice.schedule;
    case 'stagesPerRank':
      return words.stages(format.integer(choice.stagesPerRank));
    case 'microBatchRows':
      return words.rows(format.integer(choice.microBatchRows));
    case 'recomputation':
      return words.recompute[choice.recomputation];
  }
}

// The search for better plans: a key that starts and stops it, how far it is, and what it found as a picture and a table.

import { Search, Square } from 'lucide-react';
import { meshSize } from '../../parallel/mesh';
import { memoryLimitBytes } from '../../planner/clusterMemory';
import type { ClusterPlan } from '../../planner/clusterPlan';
import type { SearchResult } from '../../planner/search';
import { type Texts, useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { FailureText } from '../states/FailureText';
import { usePlanner } from '../stores/plannerStore';
import { ParetoPlot } from './ParetoPlot';
import planStyles from './Planner.module.css';
import { usePlanned } from './planned';
import { stepText } from './planText';
import styles from './Search.module.css';
import { SearchTable } from './SearchTable';

export function SearchPanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.planner.search;
  const search = usePlanner((state) => state.search);
  const { plan, prediction } = usePlanned();
  const { state, result, base, error } = search;
  const ranks = format.integer(meshSize(plan.mesh));
  return (
    <Panel
      id="planSearch"
      flush
      title={
        <>
          {words.title} <span className={planStyles.basis}>{t.planner.predicted}</span>
        </>
      }
    >
      <div className={styles.search} aria-busy={state !== 'idle'}>
        <div className={styles.bar}>
          {state === 'idle' ? (
            <Key primary icon={Search} onClick={() => void labController.plans.start()}>
              {words.start(ranks)}
            </Key>
          ) : (
            <Key icon={Square} disabled={state === 'stopping'} onClick={() => labController.plans.stop()}>
              {state === 'stopping' ? words.stopping : words.stop}
            </Key>
          )}
          <span className={styles.quiet} data-testid="search-counts">
            {state !== 'idle' ? <Progress /> : result === null ? words.hint : countsText(result, texts)}
          </span>
        </div>
        {state === 'idle' ? null : <Rule />}
        {error === null ? null : (
          <div className={styles.bad} role="alert">
            <FailureText error={error} />
          </div>
        )}
        {result !== null && base !== null && !sameQuestion(base, plan) ? (
          <p className={styles.stale} role="status">
            {words.stale}
          </p>
        ) : null}
        {result === null || base === null ? null : result.candidates.length === 0 ? (
          <p className={styles.pad}>
            {result.nearest === null
              ? words.empty
              : words.none(format.bytes(result.nearest.peakBytes), format.bytes(memoryLimitBytes(base.hardware)))}
          </p>
        ) : (
          <>
            <ParetoPlot result={result} base={base} own={prediction} plan={plan} />
            <SearchTable result={result} plan={plan} />
          </>
        )}
      </div>
    </Panel>
  );
}

function Progress() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.planner.search;
  const progress = usePlanner((state) => state.search.progress);
  if (progress === null) return null;
  const { considered } = progress.counts;
  const done = format.integer(Math.round(progress.share * considered));
  return progress.best === null
    ? words.countingNone(done)
    : words.counting(done, stepText(progress.best.stepMs, texts));
}

function Rule() {
  const { t } = useText();
  const share = usePlanner((state) => state.search.progress?.share ?? 0);
  return (
    <div
      className={styles.rule}
      role="progressbar"
      aria-label={t.planner.search.progress}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <div className={styles.fill} style={{ inlineSize: `${share * 100}%` }} />
    </div>
  );
}

function countsText({ counts }: SearchResult, { t, format }: Texts): string {
  const { considered, predicted, outOfMemory, passedOver } = counts;
  return t.planner.search.counts(
    format.integer(considered),
    format.integer(predicted),
    format.integer(outOfMemory),
    format.integer(passedOver),
  );
}

/** Whether a search for `b` would find what one for `a` found: only what it chooses itself differs. */
function sameQuestion(a: ClusterPlan, b: ClusterPlan): boolean {
  const free: readonly string[] = ['mesh', 'zero', 'schedule', 'stagesPerRank', 'microBatchRows', 'recomputation'];
  const other: Readonly<Record<string, unknown>> = { ...b };
  return (
    meshSize(a.mesh) === meshSize(b.mesh) &&
    Object.entries(a).every(([name, value]) => free.includes(name) || value === other[name])
  );
}

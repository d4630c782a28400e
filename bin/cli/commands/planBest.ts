// `lab plan --best`: searches the ways to lay the model over n ranks and names the one to take.

import type { ClusterPlan } from '../../../src/planner/clusterPlan';
import { clusterPredictor } from '../../../src/planner/clusterPredictor';
import { runSearch } from '../../../src/planner/search';
import type { Outcome } from '../command';
import type { Reporter } from '../reporter';
import { UsageError } from '../usage';

const SHOWN = 10;

/** @throws UsageError without a number of ranks */
export async function planBest(base: ClusterPlan, ranks: number | undefined, reporter: Reporter): Promise<Outcome> {
  if (ranks === undefined) throw new UsageError('--best needs --ranks N');
  const { candidates, best, nearest, counts } = await runSearch({ base, ranks }, clusterPredictor, {
    onProgress: ({ share }) => reporter.progress('searching', share),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => performance.now(),
  });
  reporter.endProgress();
  const { considered, outOfMemory, passedOver, predicted } = counts;
  reporter.result(
    `${considered} plans: ${outOfMemory} out of memory, ${passedOver} passed over, ${predicted} predicted`,
  );
  for (const { choice, stepMs, peakBytes, bubbleShare } of candidates.slice(0, SHOWN)) {
    const { mesh, zero, schedule, stagesPerRank, microBatchRows, recomputation } = choice;
    reporter.result(
      `${(stepMs / 1e3).toFixed(3)} s  ${(peakBytes / 2 ** 30).toFixed(1)} GiB  bubble ${(100 * bubbleShare).toFixed(1)}%  ` +
        `dp ${mesh.dp} pp ${mesh.pp} tp ${mesh.tp}  ZeRO ${zero}  ${schedule} x${stagesPerRank}  rows ${microBatchRows}  ${recomputation}`,
    );
  }
  return { ok: best !== null, summary: { best: best === null ? null : candidates[best], nearest, counts } };
}

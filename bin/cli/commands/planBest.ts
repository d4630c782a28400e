// `lab plan --best`: searches the ways to lay the model over n ranks, names the one to take, and says why each neighbour lost.

import { meshAxes } from '../../../src/parallel/mesh';
import { memoryLimitBytes } from '../../../src/planner/clusterMemory';
import type { ClusterPlan } from '../../../src/planner/clusterPlan';
import { clusterPredictor } from '../../../src/planner/clusterPredictor';
import { judgeNeighbours, type Neighbour, type Verdict } from '../../../src/planner/neighbours';
import { planRuleWords } from '../../../src/planner/planRules';
import { type Candidate, runSearch, type SearchResult } from '../../../src/planner/search';
import { choiceOf, type PlanChoice, planOf } from '../../../src/planner/searchSpace';
import type { Outcome } from '../command';
import type { Reporter } from '../reporter';
import { UsageError } from '../usage/commandSpec';
import type { ParsedArguments } from '../usage/usage';

const SHOWN = 8;
const GIB = 2 ** 30;
/** Models of this kind are trained with 4 to 16 million tokens a step (Grattafiori et al. 2024, section 3.4.1). */
const TOKENS_PER_STEP = 8 * 2 ** 20;

/** @throws UsageError without a number of ranks */
export async function planBest(asked: ClusterPlan, { numbers }: ParsedArguments, reporter: Reporter): Promise<Outcome> {
  const ranks = numbers.get('ranks');
  if (ranks === undefined) throw new UsageError('--best needs --ranks N');
  const globalBatch = numbers.get('global-batch') ?? usualBatch(asked.sequenceLength);
  // Where no rank shares a layer it changes nothing; where some do, nobody goes without.
  const base: ClusterPlan = { ...asked, globalBatch, sequenceParallel: true };
  reporter.result(
    `${base.model.name} on ${ranks} x ${base.hardware.name}, ${globalBatch} sequences of ${base.sequenceLength} tokens a step, ${base.precision}; all of it predicted`,
  );
  const started = performance.now();
  const found = await runSearch({ base, ranks }, clusterPredictor, {
    onProgress: ({ share }) => reporter.progress('searching', share),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => performance.now(),
  });
  reporter.endProgress();
  const { candidates, nearest, counts } = found;
  const seconds = (performance.now() - started) / 1e3;
  reporter.result(
    `${counts.considered} plans in ${seconds.toFixed(1)} s: ${counts.outOfMemory} need too much memory, ` +
      `${counts.passedOver} cannot come near a better one, ${counts.predicted} predicted`,
  );
  if (found.best === null) {
    reporter.result(noneText(nearest, base));
    return { ok: false, summary: { best: null, nearest, counts, seconds } };
  }
  const best = candidates[found.best];
  const plan = planOf(base, best.choice);
  const neighbours = judgeNeighbours(plan, clusterPredictor.predict(plan), clusterPredictor);
  for (const line of [...bestText(best, plan), ...reasonsText(neighbours, plan), ...othersText(found)])
    reporter.result(line);
  return { ok: true, summary: { best, neighbours, nearest, counts, seconds } };
}

/** A power of two of sequences. */
function usualBatch(sequenceLength: number): number {
  return 2 ** Math.max(0, Math.round(Math.log2(TOKENS_PER_STEP / sequenceLength)));
}

function noneText(nearest: SearchResult['nearest'], { hardware }: ClusterPlan): string {
  if (nearest === null)
    return 'No way to lay this model and batch over so many ranks: change --ranks or --global-batch.';
  const { choice, peakBytes } = nearest;
  return `No plan fits. The nearest needs ${gib(peakBytes)} a rank of ${gib(memoryLimitBytes(hardware))}: ${choiceText(choice)}`;
}

function bestText(best: Candidate, { hardware }: ClusterPlan): string[] {
  const { stepMs, tokensPerSecond, tokensPerSecondPerRank, modelFlopsShare, microBatches, peakBytes } = best;
  return [
    '',
    `best        ${choiceText(best.choice)}`,
    `step        ${seconds(stepMs)}, ${microBatches} micro-batches`,
    `throughput  ${Math.round(tokensPerSecond)} tokens/s, ${Math.round(tokensPerSecondPerRank)} a rank, MFU ${percent(modelFlopsShare)}`,
    `time        compute ${percent(best.computeShare)}, communication ${percent(best.communicationShare)}, bubble ${percent(best.bubbleShare)}`,
    `memory      ${gib(peakBytes)} of ${gib(memoryLimitBytes(hardware))} on the fullest rank`,
  ];
}

function reasonsText(neighbours: readonly Neighbour[], plan: ClusterPlan): string[] {
  const own = choiceOf(plan);
  return [
    '',
    'why not',
    ...neighbours.map(({ choice, verdict }) => `  ${changeText(own, choice).padEnd(34)} ${verdictText(verdict)}`),
  ];
}

/** The settings that are not as they were. */
function changeText(own: PlanChoice, choice: PlanChoice): string {
  const changes: string[] = meshAxes
    .filter((axis) => own.mesh[axis] !== choice.mesh[axis])
    .map((axis) => `${axis} ${choice.mesh[axis]}`);
  if (own.zero !== choice.zero) changes.push(`ZeRO ${choice.zero}`);
  if (own.schedule !== choice.schedule) changes.push(choice.schedule);
  if (own.stagesPerRank !== choice.stagesPerRank) changes.push(`${choice.stagesPerRank} stages a rank`);
  if (own.microBatchRows !== choice.microBatchRows) changes.push(`micro-batches of ${choice.microBatchRows}`);
  if (own.recomputation !== choice.recomputation) changes.push(`recompute ${choice.recomputation}`);
  return changes.join(', ');
}

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'refused':
      return `cannot be: ${planRuleWords[verdict.issue.rule](verdict.issue.numbers)}`;
    case 'leavesNode':
      return `cannot be: tensor parallelism would leave the node of ${verdict.node}`;
    case 'outOfMemory':
      return `out of memory by ${gib(verdict.overBytes)}`;
    case 'equal':
      return `as fast within 1%, ${signedGib(verdict.byBytes)}; the simpler is taken`;
    case 'slower':
    case 'faster': {
      const { computeMs, communicationMs, bubbleMs } = verdict.parts;
      const parts = `compute ${signedSeconds(computeMs)}, communication ${signedSeconds(communicationMs)}, bubble ${signedSeconds(bubbleMs)}`;
      return `${percent(Math.abs(verdict.byShare))} ${verdict.kind} (${parts}), ${signedGib(verdict.byBytes)}`;
    }
  }
}

function othersText({ candidates, front }: SearchResult): string[] {
  const rows = candidates
    .slice(0, SHOWN)
    .map(
      ({ choice, stepMs, peakBytes }, index) =>
        `  ${seconds(stepMs).padStart(9)}  ${gib(peakBytes).padStart(9)}  ${front.includes(index) ? '*' : ' '} ${choiceText(choice)}`,
    );
  return ['', 'fastest, * where no other beats it in both time and memory', ...rows];
}

function choiceText({ mesh, zero, schedule, stagesPerRank, microBatchRows, recomputation }: PlanChoice): string {
  const pipeline = mesh.pp === 1 ? '' : `  ${schedule}${stagesPerRank === 1 ? '' : ` x${stagesPerRank}`}`;
  return `dp ${mesh.dp}  pp ${mesh.pp}  tp ${mesh.tp}  ZeRO ${zero}${pipeline}  micro-batches of ${microBatchRows}  recompute ${recomputation}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1e3).toFixed(3)} s`;
}

function signedSeconds(milliseconds: number): string {
  // Rounding leaves dust.
  return Math.abs(milliseconds) < 0.5 ? '0' : `${milliseconds < 0 ? '-' : '+'}${seconds(Math.abs(milliseconds))}`;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

function signedGib(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${gib(Math.abs(bytes))}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

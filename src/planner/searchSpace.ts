// What a search chooses between: for a model, a cluster and a batch, every way to lay the model over n ranks that makes sense. Pure; it costs nothing.

import { type ScheduleName, scheduleNames } from '../core/runConfig';
import { scheduleIssue } from '../parallel/schedules/makeSchedule';
import { type ClusterPlan, type Recomputation, recomputations } from './clusterPlan';
import type { HardwareProfile } from './hardware';
import { planIssue } from './planRules';

/** What a search may change of a plan; everything else is given. */
export type PlanChoice = Pick<
  ClusterPlan,
  'mesh' | 'zero' | 'schedule' | 'stagesPerRank' | 'microBatchRows' | 'recomputation'
>;

export const zeroStages = [0, 1, 2, 3] as const;

/** Longer pipelines than this have never paid, and a rank then holds less than a layer of most models. */
const LONGEST_PIPELINE = 64;
/** More rows only help where products are too small to fill a device, which they are not beyond this. */
const MOST_ROWS = 16;
/** Stages a rank that a schedule is tried with: more cost messages and gain little (Narayanan et al. 2021, figure 12). */
const stageCounts: Readonly<Record<ScheduleName, readonly number[]>> = {
  gpipe: [1],
  '1f1b': [1],
  'interleaved-1f1b': [2, 4, 8],
  'looped-bfs': [2, 4, 8],
  'interleaved-zero-bubble': [1, 2, 4],
  zbv: [2],
};

/** The plan that a choice makes of the given settings. */
export function planOf(base: ClusterPlan, choice: PlanChoice): ClusterPlan {
  return { ...base, ...choice };
}

/** The choice that a plan is. */
export function choiceOf(plan: ClusterPlan): PlanChoice {
  const { mesh, zero, schedule, stagesPerRank, microBatchRows, recomputation } = plan;
  return { mesh, zero, schedule, stagesPerRank, microBatchRows, recomputation };
}

/** Devices of a node: Infinity where all are of one, 1 where each stands alone. */
export function nodeSize({ links }: HardwareProfile): number {
  const node = links.find(({ level }) => level === 'node');
  return node === undefined ? 1 : (node.devices ?? Number.POSITIVE_INFINITY);
}

/**
 * Every choice that obeys the rules: tensor parallelism within a node, pipelines of at most 64 ranks, micro-batches of at most 16 rows.
 * Settings without effect take one value: without a pipeline the schedule is 1f1b, without replicas ZeRO is 0.
 */
export function choicesFor(base: ClusterPlan, ranks: number): PlanChoice[] {
  const choices: PlanChoice[] = [];
  const node = nodeSize(base.hardware);
  for (const tp of divisors(ranks)) {
    if (tp > node || base.model.heads % tp !== 0 || base.model.keyValueHeads % tp !== 0) continue;
    for (const pp of divisors(ranks / tp)) {
      if (pp > Math.min(LONGEST_PIPELINE, base.model.layers)) continue;
      const dp = ranks / tp / pp;
      const rows = (base.globalBatch * base.contextParallel) / dp;
      if (!Number.isInteger(rows)) continue;
      for (const microBatchRows of divisors(rows)) {
        if (microBatchRows > MOST_ROWS) continue;
        for (const { schedule, stagesPerRank } of schedulesFor(pp)) {
          const place = { mesh: { dp, pp, tp }, schedule, stagesPerRank, microBatchRows };
          if (planIssue({ ...base, ...place }) !== null) continue;
          for (const zero of zeroStages) {
            if (zero > 0 && dp === 1) continue;
            for (const recomputation of recomputations) choices.push({ ...place, zero, recomputation });
          }
        }
      }
    }
  }
  return choices;
}

function schedulesFor(pp: number): { readonly schedule: ScheduleName; readonly stagesPerRank: number }[] {
  if (pp === 1) return [{ schedule: '1f1b', stagesPerRank: 1 }];
  return scheduleNames.flatMap((schedule) =>
    stageCounts[schedule].map((stagesPerRank) => ({ schedule, stagesPerRank })),
  );
}

/** The fewest stages a rank that a schedule takes and that give it a sense. */
export function fewestStages(schedule: ScheduleName): number {
  return stageCounts[schedule][0] ?? 1;
}

/** Whether the schedule takes this number of stages a rank, whatever else is set. */
export function takesStages(schedule: ScheduleName, stagesPerRank: number): boolean {
  const issue = scheduleIssue(schedule, { ranks: 2, stagesPerRank, microBatches: 64 });
  return issue?.field !== 'stagesPerRank';
}

export function sameChoice(a: PlanChoice, b: PlanChoice): boolean {
  return choiceKey(a) === choiceKey(b);
}

/** A choice as text that no other choice has. */
export function choiceKey({ mesh, zero, schedule, stagesPerRank, microBatchRows, recomputation }: PlanChoice): string {
  return [mesh.dp, mesh.pp, mesh.tp, zero, schedule, stagesPerRank, microBatchRows, recomputation].join(' ');
}

/** What is computed again, from nothing to everything. */
export function recomputationRank(recomputation: Recomputation): number {
  return recomputations.indexOf(recomputation);
}

function divisors(whole: number): number[] {
  const small: number[] = [];
  const large: number[] = [];
  for (let candidate = 1; candidate * candidate <= whole; candidate++) {
    if (whole % candidate !== 0) continue;
    small.push(candidate);
    if (candidate * candidate < whole) large.unshift(whole / candidate);
  }
  return [...small, ...large];
}

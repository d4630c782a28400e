// Which plans make sense at all: the rules that tie a plan's settings to each other and to the model, as data. The page's form, the search and its
// neighbours ask here. Pure; what a plan costs is for others to say.

import type { ScheduleName } from '../core/runConfig';
import { meshAxes, meshSize } from '../parallel/mesh';
import { scheduleIssue } from '../parallel/schedules/makeSchedule';
import type { ClusterPlan } from './clusterPlan';

/** What these rules look at: a plan but for how fast its devices are. */
export type RuledPlan = Pick<
  ClusterPlan,
  'model' | 'mesh' | 'schedule' | 'stagesPerRank' | 'globalBatch' | 'microBatchRows' | 'contextParallel'
>;

export const planRuleNames = [
  'whole',
  'ranks',
  'heads',
  'keyValueHeads',
  'layers',
  'context',
  'batch',
  'stages',
  'fill',
] as const;
export type PlanRule = (typeof planRuleNames)[number];

export interface PlanNumbers {
  readonly dp: number;
  readonly pp: number;
  readonly tp: number;
  readonly ranks: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly layers: number;
  readonly stages: number;
  readonly stagesPerRank: number;
  readonly globalBatch: number;
  readonly microBatchRows: number;
  readonly contextParallel: number;
  readonly microBatches: number;
  readonly schedule: ScheduleName;
}

export interface PlanIssue {
  readonly rule: PlanRule;
  readonly numbers: PlanNumbers;
}

/** More ranks than any run so far had, and few enough to draw. */
export const MOST_RANKS = 131_072;

/** Each rule in English, with its numbers. */
export const planRuleWords: Readonly<Record<PlanRule, (n: PlanNumbers) => string>> = {
  whole: ({ dp, pp, tp }) => `dp ${dp} x pp ${pp} x tp ${tp} are not whole numbers of at least 1`,
  ranks: ({ ranks }) => `${ranks} ranks are more than ${MOST_RANKS}`,
  heads: ({ tp, heads }) => `${heads} heads do not divide over tp ${tp}`,
  keyValueHeads: ({ tp, keyValueHeads }) => `${keyValueHeads} heads of keys and values do not divide over tp ${tp}`,
  layers: ({ pp, stagesPerRank, stages, layers }) =>
    `pp ${pp} x ${stagesPerRank} stages a rank are ${stages} stages, and the model has ${layers} layers`,
  context: ({ contextParallel, dp }) =>
    `dp ${dp} does not divide into groups of ${contextParallel} that share a sequence`,
  batch: ({ globalBatch, dp, microBatchRows }) =>
    `${globalBatch} sequences do not divide into micro-batches of ${microBatchRows} on dp ${dp}`,
  stages: ({ schedule, stagesPerRank }) => `${schedule} does not take ${stagesPerRank} stages a rank`,
  fill: ({ schedule, microBatches, pp }) => `${schedule} does not take ${microBatches} micro-batches on ${pp} stages`,
};

/** Micro-batches of a replica; a fraction where the batch does not divide. */
export function microBatchesOf({ globalBatch, contextParallel, mesh, microBatchRows }: RuledPlan): number {
  return (globalBatch * contextParallel) / (mesh.dp * microBatchRows);
}

/** The first rule that the plan breaks, or null. */
export function planIssue(plan: RuledPlan): PlanIssue | null {
  const { model, mesh, schedule, stagesPerRank, globalBatch, microBatchRows, contextParallel } = plan;
  const microBatches = microBatchesOf(plan);
  const fail = (rule: PlanRule): PlanIssue => ({
    rule,
    numbers: {
      ...{ dp: mesh.dp, pp: mesh.pp, tp: mesh.tp, ranks: meshSize(mesh) },
      ...{ heads: model.heads, keyValueHeads: model.keyValueHeads, layers: model.layers },
      ...{ stages: mesh.pp * stagesPerRank, stagesPerRank, schedule },
      ...{ globalBatch, microBatchRows, contextParallel, microBatches },
    },
  });
  if (meshAxes.some((axis) => !Number.isInteger(mesh[axis]) || mesh[axis] < 1)) return fail('whole');
  if (meshSize(mesh) > MOST_RANKS) return fail('ranks');
  if (model.heads % mesh.tp !== 0) return fail('heads');
  if (model.keyValueHeads % mesh.tp !== 0) return fail('keyValueHeads');
  if (mesh.pp * stagesPerRank > model.layers) return fail('layers');
  if (!Number.isInteger(mesh.dp / contextParallel)) return fail('context');
  if (!Number.isInteger(microBatches) || microBatches < 1) return fail('batch');
  const issue = scheduleIssue(schedule, { ranks: mesh.pp, stagesPerRank, microBatches });
  if (issue !== null) return fail(issue.field === 'stagesPerRank' ? 'stages' : 'fill');
  return null;
}

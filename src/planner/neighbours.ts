// Why a plan and not the one beside it: each plan that differs from it in one setting, and what that one would cost. Pure, and told how to predict.

import { scheduleNames } from '../core/runConfig';
import type { MeshAxis } from '../parallel/mesh';
import { memoryLimitBytes } from './clusterMemory';
import { type ClusterPlan, type Prediction, recomputations } from './clusterPlan';
import { type PlanIssue, planIssue } from './planRules';
import { EQUAL_SHARE, type PlanPredictor } from './search';
import { choiceOf, fewestStages, nodeSize, type PlanChoice, planOf, takesStages, zeroStages } from './searchSpace';

export const changedSettings = [
  'mesh',
  'zero',
  'schedule',
  'stagesPerRank',
  'microBatchRows',
  'recomputation',
] as const;
export type ChangedSetting = (typeof changedSettings)[number];

/** Milliseconds of a rank's step, mean over ranks. */
export interface StepParts {
  readonly computeMs: number;
  readonly communicationMs: number;
  readonly bubbleMs: number;
}

export type Verdict =
  | { readonly kind: 'refused'; readonly issue: PlanIssue }
  /** Tensor parallelism would leave the node. */
  | { readonly kind: 'leavesNode'; readonly node: number }
  | { readonly kind: 'outOfMemory'; readonly peakBytes: number; readonly overBytes: number }
  /** More than the winner, each part; negative where it is less. */
  | {
      readonly kind: 'slower' | 'equal' | 'faster';
      readonly byMs: number;
      /** The same over this plan's step. */
      readonly byShare: number;
      readonly byBytes: number;
      readonly parts: StepParts;
    };

export interface Neighbour {
  readonly setting: ChangedSetting;
  readonly choice: PlanChoice;
  readonly verdict: Verdict;
}

const axisMoves: readonly (readonly [from: MeshAxis, to: MeshAxis])[] = [
  ['dp', 'tp'],
  ['tp', 'dp'],
  ['dp', 'pp'],
  ['pp', 'dp'],
  ['tp', 'pp'],
  ['pp', 'tp'],
];

/** What is one setting away: an axis halved and another doubled, or a setting's next values. */
export function neighbourChoices(
  plan: ClusterPlan,
): { readonly setting: ChangedSetting; readonly choice: PlanChoice }[] {
  const own = choiceOf(plan);
  const { mesh, zero, schedule, stagesPerRank, microBatchRows, recomputation } = own;
  const neighbours: { setting: ChangedSetting; choice: PlanChoice }[] = [];
  const add = (setting: ChangedSetting, change: Partial<PlanChoice>): void => {
    neighbours.push({ setting, choice: { ...own, ...change } });
  };
  for (const [from, to] of axisMoves) {
    if (mesh[from] % 2 !== 0) continue;
    const moved = { ...mesh, [from]: mesh[from] / 2, [to]: mesh[to] * 2 };
    // A pipeline that ends takes its schedule with it; replicas that end take ZeRO.
    const alone = moved.pp === 1 ? { schedule: '1f1b' as const, stagesPerRank: 1 } : {};
    add('mesh', { mesh: moved, ...alone, ...(moved.dp === 1 ? { zero: 0 as const } : {}) });
  }
  if (mesh.dp > 1) for (const other of zeroStages) if (Math.abs(other - zero) === 1) add('zero', { zero: other });
  if (mesh.pp > 1) {
    for (const other of scheduleNames) {
      if (other === schedule) continue;
      const stages = takesStages(other, stagesPerRank) ? stagesPerRank : fewestStages(other);
      add('schedule', { schedule: other, stagesPerRank: Math.max(stages, fewestStages(other)) });
    }
    for (const stages of [stagesPerRank / 2, stagesPerRank * 2]) {
      if (Number.isInteger(stages) && takesStages(schedule, stages)) add('stagesPerRank', { stagesPerRank: stages });
    }
  }
  for (const rows of [microBatchRows / 2, microBatchRows * 2]) {
    if (Number.isInteger(rows)) add('microBatchRows', { microBatchRows: rows });
  }
  for (const other of recomputations) if (other !== recomputation) add('recomputation', { recomputation: other });
  return neighbours;
}

export function judgeNeighbours(plan: ClusterPlan, own: Prediction, predictor: PlanPredictor): Neighbour[] {
  return neighbourChoices(plan).map(({ setting, choice }) => ({
    setting,
    choice,
    verdict: judge(planOf(plan, choice), own, predictor),
  }));
}

function judge(plan: ClusterPlan, own: Prediction, predictor: PlanPredictor): Verdict {
  const issue = planIssue(plan);
  if (issue !== null) return { kind: 'refused', issue };
  const node = nodeSize(plan.hardware);
  if (plan.mesh.tp > node) return { kind: 'leavesNode', node };
  const { peakBytes, fits } = predictor.memory(plan);
  if (!fits) return { kind: 'outOfMemory', peakBytes, overBytes: peakBytes - memoryLimitBytes(plan.hardware) };
  const other = predictor.predict(plan);
  const byMs = other.stepMs - own.stepMs;
  const [mine, theirs] = [stepParts(own), stepParts(other)];
  return {
    kind: Math.abs(byMs) <= EQUAL_SHARE * own.stepMs ? 'equal' : byMs > 0 ? 'slower' : 'faster',
    byMs,
    byShare: byMs / own.stepMs,
    byBytes: other.peakBytes - own.peakBytes,
    parts: {
      computeMs: theirs.computeMs - mine.computeMs,
      communicationMs: theirs.communicationMs - mine.communicationMs,
      bubbleMs: theirs.bubbleMs - mine.bubbleMs,
    },
  };
}

export function stepParts({ stepMs, computeShare, communicationShare, bubbleShare }: Prediction): StepParts {
  return {
    computeMs: stepMs * computeShare,
    communicationMs: stepMs * communicationShare,
    bubbleMs: stepMs * bubbleShare,
  };
}

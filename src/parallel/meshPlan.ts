// Composes mesh, schedule, ZeRO stage and strategy into each rank's actions: the one place where strategies become plans.
// It computes nothing and sends nothing; executor, simulator and pictures read what it makes.

import { groupOf } from './mesh';
import type { MeshPlanOptions, RankActions } from './planModes';
import { RankPlanner } from './rankPlanner';
import { makeBuckets, type RankShape } from './rankShape';
import { type PlanAction, type PlanTensor, updateCost } from './stepPlan';
import { meetingActions, partingActions } from './strategies/meetingPlan';

/** Of a mode that a rank has no part in. */
export const noActions: RankActions = { actions: [], buckets: [], banks: new Map() };

/** The actions of one rank; those of its peers follow from their own shapes and agree, since all come from one schedule. */
export function planRankActions(rank: number, shape: RankShape, options: MeshPlanOptions): RankActions {
  const { mode, strategy, mesh, service = [], bucketBytes } = options;
  const alone = strategy === 'local-sgd' || strategy === 'diloco';
  const meeting = (outcome: 'strategy' | 'mean'): RankActions => {
    const buckets = makeBuckets(shape.units, bucketBytes);
    return { ...noActions, buckets, actions: meetingActions(shape.units, buckets, groupOf(mesh, rank, 'dp'), outcome) };
  };
  switch (mode) {
    case 'meet':
      return alone ? meeting('strategy') : noActions;
    case 'assemble':
      if (strategy === 'async') return { ...noActions, actions: [gatherParts(rank, shape, options)] };
      return alone ? meeting('mean') : noActions;
    case 'resume':
      return alone ? { ...noActions, actions: partingActions(shape.units) } : noActions;
    case 'apply': {
      const own = service.find((part) => part.rank === rank);
      if (!own) return noActions;
      const update: PlanAction = { kind: 'optimizerStep', ...updateCost(own.bytes / 4), waitsFor: [], overlaps: false };
      return { ...noActions, actions: [update] };
    }
    case 'async':
      return strategy === 'async' ? new RankPlanner(rank, shape, options).plan() : noActions;
    case 'train':
    case 'gradients':
    case 'evaluate':
    case 'local':
      return new RankPlanner(rank, shape, options).plan();
  }
}

/** What each rank of an asynchronous service owns, to all. */
function gatherParts(rank: number, { units }: RankShape, { mesh }: MeshPlanOptions): PlanAction {
  const bytes = units.reduce((sum, unit) => sum + unit.bytes, 0);
  const tensor: PlanTensor = { of: 'parameters', unit: 'all' };
  const group = groupOf(mesh, rank, 'dp');
  return { kind: 'allGather', axis: 'dp', group, tensor, bank: null, bytes, waitsFor: [], overlaps: false };
}

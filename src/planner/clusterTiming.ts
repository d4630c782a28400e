// What each action of a cluster's plan takes, for the simulator: work by the parts' costs, exchanges by the links. It runs nothing.

import type { PlanAction } from '../parallel/stepPlan';
import type { ClusterPlan } from './clusterPlan';
import type { ClusterRank } from './clusterShape';
import { collectiveMs, groupPlace, messageMs } from './collectiveTime';
import { streamMs } from './opTime';
import { noCost, type PassCost, passMs } from './passCost';
import type { StepTiming } from './simulate';

export interface ClusterTiming extends StepTiming {
  costOf(rank: number, action: PlanAction): PassCost;
  /** Bytes that really travel: of the parameters, a copy in 16 bits where products take that. */
  travelBytes(action: PlanAction): number;
}

/** @param byRank the pipeline ranks that are run, by their number in the mesh */
export function clusterTiming(plan: ClusterPlan, byRank: ReadonlyMap<number, ClusterRank>): ClusterTiming {
  const { hardware, mesh, precision, contextParallel } = plan;
  const parameterShare = precision === 'f32' ? 1 : 0.5;
  // Everyone waits for the slowest, so it stands for its replica: a rank in the middle of the pipeline.
  const slow = Math.floor(mesh.pp / 2);
  const slownessOf = (rank: number) => (byRank.get(rank)?.pipelineRank === slow ? plan.straggler : 1);

  const travelBytes = (action: PlanAction): number => {
    if (!('bytes' in action)) return 0;
    const parameters = action.kind === 'allGather' && action.tensor.of === 'parameters';
    return action.bytes * (parameters ? parameterShare : 1);
  };
  const costOf = (rank: number, action: PlanAction): PassCost => {
    if (action.kind !== 'compute') return noCost;
    return byRank.get(rank)?.stages.get(action.stage)?.costs[action.pass]?.[action.part] ?? noCost;
  };
  return {
    costOf,
    travelBytes,
    workMs(rank, action) {
      if (action.kind === 'compute') {
        const cost = costOf(rank, action);
        return passMs(cost) + (slownessOf(rank) - 1) * cost.computeMs;
      }
      if (action.kind === 'copy') return streamMs(hardware, 2 * action.bytes);
      const sweeps =
        action.kind === 'zeroGradients' || action.kind === 'gradientNorm' || action.kind === 'optimizerStep';
      return sweeps ? slownessOf(rank) * streamMs(hardware, action.bytes) : 0;
    },
    exchangeMs(_rank, action) {
      if (action.kind === 'send') return messageMs(hardware, groupPlace(mesh, 'pp', contextParallel), action.bytes);
      if (action.kind !== 'allReduce' && action.kind !== 'reduceScatter' && action.kind !== 'allGather') return 0;
      const place = groupPlace(mesh, action.axis, contextParallel);
      return collectiveMs(hardware, place, action.kind, travelBytes(action));
    },
  };
}

// A simulated step in the records that a measured one comes in, so that whoever draws or compares steps takes both. It computes nothing.

import type { TraceEvent } from '../core/meshRecords';
import type { PlanAction } from '../parallel/stepPlan';
import type { SimulatedRank } from './simulate';

/**
 * @param ranks in the order of `actions`
 * @param numberOf what a rank is called in the events; its number in the mesh where left out
 */
export function simulatedTrace(
  ranks: readonly SimulatedRank[],
  actions: readonly (readonly PlanAction[])[],
  numberOf: (rank: number, row: number) => number = (rank) => rank,
): TraceEvent[] {
  return ranks.flatMap(({ rank, startMs, endMs, waitMs }, row) =>
    actions[row].map(
      (action, index): TraceEvent => ({
        rank: numberOf(rank, row),
        step: 0,
        action: index,
        startMs: startMs[index],
        endMs: endMs[index],
        waitMs: waitMs[index],
        bytes: 'bytes' in action ? action.bytes : 0,
      }),
    ),
  );
}

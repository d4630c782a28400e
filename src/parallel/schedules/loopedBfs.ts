// Looped BFS: several stages a rank; each stage runs all micro-batches before the next stage starts (breadth first), then the
// backwards come in exactly the opposite order. With sharded parameters a stage is gathered once a pass, not once a micro-batch.
// Source: Lamy-Poirier 2023, "Breadth-first pipeline parallelism".

import { countUp, idle, passes, type ScheduleGenerator } from './schedule';

export const loopedBfs: ScheduleGenerator = {
  issue: () => null,
  rankOfStage: (stage, { ranks }) => stage % ranks,
  rankSlots(rank, { ranks, stagesPerRank, microBatches }) {
    const stages = countUp(stagesPerRank).map((turn) => turn * ranks + rank);
    const order = countUp(microBatches);
    return [
      ...idle(rank),
      ...stages.flatMap((stage) => passes(stage, 'forward', order)),
      ...idle(2 * (ranks - 1 - rank)),
      ...stages.toReversed().flatMap((stage) => passes(stage, 'backward', order.toReversed())),
    ];
  },
  activationBound: (_rank, { stagesPerRank, microBatches }) => stagesPerRank * microBatches,
};

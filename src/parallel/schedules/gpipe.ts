// GPipe: all forwards, then all backwards, one stage a rank. Simple, and holds every micro-batch's activations.
// Source: Huang et al. 2019, "GPipe", section 2; backwards in the order of the forwards, as torch's ScheduleGPipe runs them.

import { oneStagePerRank } from './oneStagePerRank';
import { countUp, idle, passes, type ScheduleGenerator } from './schedule';

export const gpipe: ScheduleGenerator = {
  issue: (sizes) => oneStagePerRank('gpipe', sizes),
  rankOfStage: (stage) => stage,
  rankSlots(rank, { ranks, microBatches }) {
    const order = countUp(microBatches);
    const hops = ranks - 1 - rank;
    return [
      ...idle(rank),
      ...passes(rank, 'forward', order),
      // The last micro-batch goes to the last stage and the first gradient comes back.
      ...idle(2 * hops),
      ...passes(rank, 'backward', order),
    ];
  },
  activationBound: (_rank, { microBatches }) => microBatches,
};

// Interleaved zero bubble: the order of interleaved 1F1B with the backward cut in two. The gradient of a stage's input goes on
// at once, the gradient of its weights waits and fills what would be bubble: rank r runs it r turns later.
// Source: ZB-H1 in Qi et al. 2023, "Zero bubble pipeline parallelism", section 2, over rounds, as torch's ScheduleInterleavedZeroBubble.

import { roundsIssue, roundsOfRank } from './rounds';
import { countUp, idle, type ScheduleGenerator, type ScheduleSizes, type Slot } from './schedule';

/** Forwards before the first forward-gradient pair: 1 a hop, half of interleaved 1F1B's, since gradients come back sooner. */
function warmUp(rank: number, sizes: ScheduleSizes): number {
  const { microBatchesPerRound, turns } = roundsOfRank(rank, sizes);
  return Math.min(turns, (sizes.stagesPerRank - 1) * microBatchesPerRound + (sizes.ranks - 1 - rank));
}

export const interleavedZeroBubble: ScheduleGenerator = {
  issue: (sizes) => roundsIssue('interleaved-zero-bubble', sizes),
  rankOfStage: (stage, { ranks }) => stage % ranks,
  rankSlots(rank, sizes) {
    const { turns, forward, backward } = roundsOfRank(rank, sizes);
    const ahead = warmUp(rank, sizes);
    const delay = rank;
    const slots: Slot[] = [...idle(rank), ...countUp(ahead).map(forward)];
    if (ahead > 0) slots.push(...idle(sizes.ranks - 1 - rank));
    for (let turn = 0; turn < turns + delay; turn++) {
      if (turn + ahead < turns) slots.push(forward(turn + ahead));
      if (turn < turns) slots.push(backward(turn, 'inputGradient'));
      if (turn >= delay) slots.push(backward(turn - delay, 'weightGradient'));
    }
    return slots;
  },
  activationBound(rank, sizes) {
    return Math.min(roundsOfRank(rank, sizes).turns, warmUp(rank, sizes) + 1 + rank);
  },
};

// Interleaved 1F1B: several stages a rank, rounds of micro-batches, then one forward, one backward in turn. v stages a rank
// make the bubble v times shorter, for more messages and a longer warm-up.
// Source: Narayanan et al. 2021, section 2.2.2; the warm-up of 2 a hop is Megatron-LM's, as torch's ScheduleInterleaved1F1B.

import { roundsIssue, roundsOfRank } from './rounds';
import { countUp, idle, type ScheduleGenerator, type ScheduleSizes, type Slot, stageCount } from './schedule';

/** Forwards that a rank runs before its first forward-backward pair. */
function warmUp(rank: number, sizes: ScheduleSizes): number {
  const { microBatchesPerRound, turns } = roundsOfRank(rank, sizes);
  return Math.min(turns, (sizes.stagesPerRank - 1) * microBatchesPerRound + 2 * (sizes.ranks - 1 - rank));
}

export const interleaved1f1b: ScheduleGenerator = {
  issue: (sizes) => roundsIssue('interleaved-1f1b', sizes),
  rankOfStage: (stage, { ranks }) => stage % ranks,
  rankSlots(rank, sizes) {
    const { turns, forward, backward } = roundsOfRank(rank, sizes);
    const ahead = warmUp(rank, sizes);
    // In slots of equal length the first gradient reaches this rank then.
    const firstBackward = stageCount(sizes) + 2 * (sizes.ranks - 1 - rank);
    const slots: Slot[] = [...idle(rank), ...countUp(ahead).map(forward)];
    if (ahead > 0) slots.push(...idle(firstBackward - ahead - rank));
    for (let turn = 0; turn < turns; turn++) {
      slots.push(turn + ahead < turns ? forward(turn + ahead) : null, backward(turn, 'backward'));
    }
    return slots;
  },
  activationBound: (rank, sizes) => Math.min(roundsOfRank(rank, sizes).turns, warmUp(rank, sizes) + 1),
};

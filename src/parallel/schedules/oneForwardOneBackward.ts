// 1F1B: once the pipeline is full, each rank runs one forward, one backward in turn, so that it never holds more
// activations than it has stages downstream. One stage a rank. The same bubble as GPipe.
// Source: PipeDream-Flush in Narayanan et al. 2021, "Efficient large-scale language model training", section 2.2.1, figure 4.

import { oneStagePerRank } from './oneStagePerRank';
import { countUp, idle, passes, type ScheduleGenerator, type Slot } from './schedule';

export const oneForwardOneBackward: ScheduleGenerator = {
  issue(sizes) {
    const { ranks, microBatches } = sizes;
    if (sizes.stagesPerRank !== 1) return oneStagePerRank('1f1b', sizes);
    if (microBatches >= ranks) return null;
    return {
      field: 'microBatches',
      got: microBatches,
      expected: `${ranks} or more micro-batches, or at most ${microBatches} ranks, or gpipe`,
      why: `1f1b fills the pipeline before its first backward: ${ranks} stages need ${ranks} micro-batches and there are ${microBatches}.`,
    };
  },
  rankOfStage: (stage) => stage,
  rankSlots(rank, { ranks, microBatches }) {
    const ahead = ranks - 1 - rank;
    const slots: Slot[] = [...idle(rank), ...passes(rank, 'forward', countUp(ahead)), ...idle(ahead)];
    for (let microBatch = 0; microBatch < microBatches; microBatch++) {
      const next = microBatch + ahead;
      slots.push(next < microBatches ? { stage: rank, pass: 'forward', microBatch: next } : null);
      slots.push({ stage: rank, pass: 'backward', microBatch });
    }
    return slots;
  },
  activationBound: (rank, { ranks, microBatches }) => Math.min(microBatches, ranks - rank),
};

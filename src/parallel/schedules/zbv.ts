// ZBV: zero bubble on a V. Two stages a rank: the model runs down the ranks and back up, so rank 0 holds the first and the
// last stage. If forward, input gradient and weight gradient take equal time and there are 2 * ranks - 1 micro-batches or more,
// no rank waits between its first and last pass. Every rank holds as much as rank 0 does under 1F1B.
// Source: ZB-V in Qi et al. 2024, "Pipeline parallelism with controllable memory", and Qi et al. 2023 section 6; torch's ScheduleZBVZeroBubble.

import type { ComputePass } from '../stepPlan';
import { idle, type ScheduleGenerator, type Slot } from './schedule';

type Leg = 'down' | 'up';
type SplitPass = Exclude<ComputePass, 'backward'>;

export const zbv: ScheduleGenerator = {
  issue({ stagesPerRank }) {
    if (stagesPerRank === 2) return null;
    return {
      field: 'stagesPerRank',
      got: stagesPerRank,
      expected: '2, or another schedule: interleaved-zero-bubble takes any number',
      why: `zbv lays the model down the ranks and back up: each holds exactly 2 stages, not ${stagesPerRank}.`,
    };
  },
  rankOfStage: (stage, { ranks }) => (stage < ranks ? stage : 2 * ranks - 1 - stage),
  rankSlots(rank, { ranks, microBatches }) {
    // Fewer micro-batches than fill the V run as the first of the smallest full V.
    const full = Math.max(microBatches, 2 * ranks - 1);
    const stages: Readonly<Record<Leg, number>> = { down: rank, up: 2 * ranks - 1 - rank };
    const done = {
      down: { forward: 0, inputGradient: 0, weightGradient: 0 },
      up: { forward: 0, inputGradient: 0, weightGradient: 0 },
    };
    const slots: Slot[] = idle(rank);
    const run = (leg: Leg, ...order: readonly SplitPass[]) => {
      for (const pass of order) {
        const microBatch = done[leg][pass]++;
        slots.push(microBatch < microBatches ? { stage: stages[leg], pass, microBatch } : null);
      }
    };
    const gradients = ['inputGradient', 'weightGradient'] as const;
    const hops = ranks - 1 - rank;

    // The first micro-batch goes to the end of the V's first leg and comes back to this rank.
    repeat(2 * hops + 1, () => run('down', 'forward'));
    // Fill: forwards of both legs in turn, until the first gradient arrives.
    repeat(rank, () => {
      run('up', 'forward');
      run('down', 'forward');
    });
    repeat(hops + 1, () => run('up', 'forward', ...gradients));
    // Steady: each leg runs forward, input gradient, weight gradient.
    while (done.up.forward < done.down.forward || done.down.forward < full) {
      if (done.down.forward < full) run('down', 'forward');
      run('down', ...gradients);
      run('up', 'forward', ...gradients);
    }
    // Drain: input gradients first, since other ranks wait for them; weight gradients fill the end.
    repeat(rank, () => {
      run('down', 'inputGradient');
      run('up', 'inputGradient');
    });
    repeat(hops + 1, () => run('down', ...gradients));
    for (const leg of ['up', 'down'] as const) {
      while (done[leg].weightGradient < done[leg].inputGradient) run(leg, 'weightGradient');
    }
    return slots;
  },
  // The up leg holds at most rank + 1 before its gradients take turns with its forwards; the down leg at most all.
  activationBound: (rank, { ranks, microBatches }) => Math.min(2 * ranks, 2 * microBatches, microBatches + rank + 1),
};

function repeat(times: number, act: () => void): void {
  for (let time = 0; time < times; time++) act();
}

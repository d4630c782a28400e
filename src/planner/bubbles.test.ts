// Bubbles of the simulated plan against their papers' formulas: equal stages, free messages.

import { describe, expect, test } from 'vitest';
import type { ScheduleName } from '../core/runConfig';
import { planRankActions } from '../parallel/meshPlan';
import type { RankShape } from '../parallel/rankShape';
import { makeSchedule } from '../parallel/schedules/makeSchedule';
import { stagesOfRank } from '../parallel/schedules/schedule';
import type { ComputePass } from '../parallel/stepPlan';
import { simulateStep } from './simulate';

type Costs = Readonly<Record<ComputePass, number>>;
const twoToOne: Costs = { forward: 1, backward: 2, inputGradient: 1, weightGradient: 1 };

/** @returns idle time of a rank, mean over ranks, and the work of one rank; a stage is 1 / stagesPerRank of a rank's work */
function simulated(name: ScheduleName, ranks: number, stagesPerRank: number, microBatches: number, costs = twoToOne) {
  const schedule = makeSchedule(name, { ranks, stagesPerRank, microBatches });
  const mesh = { dp: 1, pp: ranks, tp: 1 };
  const split = schedule.slots.flat().some((slot) => slot?.pass === 'weightGradient');
  const part = { flops: 1, bytes: 0, needs: [], completes: [], exchange: null };
  const passes = split
    ? { forward: [part], inputGradient: [part], weightGradient: [part] }
    : { forward: [part], backward: [part] };
  const numbers = schedule.slots.map((_, rank) => rank);
  const actions = numbers.map((rank) => {
    const stages = stagesOfRank(schedule, rank).map((stage) => ({ stage, passes, inputBytes: 1, outputBytes: 1 }));
    const shape: RankShape = { stages, units: [], rootUnit: null };
    return planRankActions(rank, shape, { mesh, schedule, zero: 0, mode: 'train', bucketBytes: 1 }).actions;
  });
  const { spanMs } = simulateStep(
    { ranks: numbers, actions },
    {
      workMs: (_rank, action) => (action.kind === 'compute' ? costs[action.pass] / stagesPerRank : 0),
      exchangeMs: () => 0,
    },
  );
  const work = microBatches * (costs.forward + (split ? costs.inputGradient + costs.weightGradient : costs.backward));
  return { idle: spanMs - work, work, span: spanMs };
}

const sizes = [
  [2, 2],
  [4, 4],
  [4, 8],
  [8, 24],
  [16, 32],
] as const;

describe.each(sizes)('p = %i, m = %i', (p, m) => {
  test.each(['gpipe', '1f1b'] as const)('%s: (p - 1) / (m + p - 1) of the step (Huang et al. 2019)', (name) => {
    const { idle, span, work } = simulated(name, p, 1, m);
    expect(idle / span).toBeCloseTo((p - 1) / (m + p - 1), 12);
    expect(idle / work).toBeCloseTo((p - 1) / m, 12);
  });

  test.each([2, 4])('interleaved-1f1b, v = %i: (p - 1) / (v m) of the work (Narayanan et al. 2021)', (v) => {
    const { idle, work } = simulated('interleaved-1f1b', p, v, m);
    expect(idle / work).toBeCloseTo((p - 1) / (v * m), 12);
  });

  // Qi et al. 2024, table 2: against (p - 1)(T_F + T_B + T_W) of 1F1B.
  test.each([
    [1, 1, 1],
    [1, 1.2, 0.8],
    [1, 1.5, 1],
  ])('interleaved-zero-bubble, one stage a rank: ZB-H1, (p - 1)(T_F + T_B - T_W) for F %f, B %f, W %f', (f, b, w) => {
    const costs = { forward: f, backward: b + w, inputGradient: b, weightGradient: w };
    const { idle } = simulated('interleaved-zero-bubble', p, 1, Math.max(m, 2 * p), costs);
    expect(idle).toBeCloseTo((p - 1) * (f + b - w), 9);
  });
});

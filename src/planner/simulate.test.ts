// When actions begin and end: work in order, exchanges that meet, messages that are waited for, a device that is shared, and plans that cannot end.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlanAction } from '../parallel/stepPlan';
import { simulateStep } from './simulate';

const plain = { waitsFor: [], overlaps: false } as const;

function compute(microBatch: number, waitsFor: readonly number[] = []): PlanAction {
  return { ...plain, kind: 'compute', stage: 0, microBatch, pass: 'forward', bank: 0, part: 0, flops: 0, waitsFor };
}

function reduce(group: readonly number[], overlaps: boolean, waitsFor: readonly number[] = []): PlanAction {
  const tensor = { of: 'gradients', bucket: 0, share: 'all', first: true } as const;
  return { kind: 'allReduce', axis: 'dp', group, tensor, bank: null, bytes: 4, overlaps, waitsFor };
}

function send(peer: number): PlanAction {
  const tensor = { of: 'activation', stage: 1, microBatch: 0 } as const;
  return { ...plain, kind: 'send', tensor, bank: 0, peer, bytes: 4, overlaps: true };
}

function receive(peer: number): PlanAction {
  const tensor = { of: 'activation', stage: 1, microBatch: 0 } as const;
  return { ...plain, kind: 'receive', tensor, bank: 0, peer, bytes: 4 };
}

/** Computing takes 3 on rank 0 and 5 on others; every exchange takes 2. */
const timing = {
  workMs: (rank: number, { kind }: PlanAction) => (kind !== 'compute' ? 0 : rank === 0 ? 3 : 5),
  exchangeMs: (_: number, { kind }: PlanAction) => (kind === 'compute' || kind === 'receive' ? 0 : 2),
};

describe('simulateStep', () => {
  test('an exchange in line begins when the last has come, and the others wait', () => {
    const list = [compute(0), reduce([0, 1], false), compute(1)];
    const { ranks, spanMs } = simulateStep({ ranks: [0, 1], actions: [list, list] }, timing);
    expect([...ranks[0].endMs]).toEqual([3, 7, 10]);
    expect(ranks[0].waitMs[1]).toBe(2);
    expect(ranks[1].waitMs[1]).toBe(0);
    expect(spanMs).toBe(12);
  });

  test('an exchange beside computation holds nothing up until somebody waits for it', () => {
    const list = [compute(0), reduce([0, 1], true), compute(1), compute(2, [1])];
    const { ranks } = simulateStep({ ranks: [0, 1], actions: [list, list] }, timing);
    // Rank 1 comes to it at 5; it ends at 7, when rank 0 has computed until 6.
    expect([...ranks[0].endMs]).toEqual([3, 7, 6, 10]);
    expect(ranks[0].waitMs[3]).toBe(1);
  });

  test('a receiver waits for what is sent, and a sender for nobody', () => {
    const { ranks, spanMs } = simulateStep(
      {
        ranks: [0, 1],
        actions: [
          [compute(0), send(1), compute(1)],
          [receive(0), compute(0)],
        ],
      },
      timing,
    );
    expect([...ranks[0].endMs]).toEqual([3, 5, 6]);
    expect([...ranks[1].endMs]).toEqual([5, 10]);
    expect(ranks[1].waitMs[0]).toBe(5);
    expect(spanMs).toBe(10);
  });

  test('ranks that are not run count as being there', () => {
    const group = Array.from({ length: 1_000 }, (_, rank) => rank);
    const { spanMs } = simulateStep({ ranks: [0], actions: [[compute(0), reduce(group, false)]] }, timing);
    expect(spanMs).toBe(5);
  });

  test('ranks of one device share it, a kernel of each in turn: alone each is fast, and no work is lost', () => {
    /** Kernels of 1, as many as the work takes. */
    const kernelsMs = (rank: number, action: PlanAction) => new Array<number>(timing.workMs(rank, action)).fill(1);
    const shared = { ...timing, shared: { deviceOf: () => 0, kernelsMs } };
    const { ranks, spanMs } = simulateStep({ ranks: [0, 1], actions: [[compute(0)], [compute(0)]] }, shared);
    // 3 and 5 kernels, one of each in turn: one rank ends with its third, between the other's.
    expect([5, 6]).toContain(ranks[0].endMs[0]);
    expect(ranks[1].endMs[0]).toBe(8);
    expect(spanMs).toBe(8);
    const apart = { ...shared, shared: { deviceOf: (rank: number) => rank, kernelsMs } };
    expect(simulateStep({ ranks: [0, 1], actions: [[compute(0)], [compute(0)]] }, apart).spanMs).toBe(5);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }), (counts) => {
        const actions = counts.map((count) => Array.from({ length: count }, (_, index) => compute(index)));
        const step = simulateStep({ ranks: counts.map((_, rank) => rank), actions }, shared);
        const work = counts.reduce((sum, count, rank) => sum + count * timing.workMs(rank, compute(0)), 0);
        expect(step.spanMs).toBeCloseTo(work, 6);
      }),
    );
  });

  test('a plan whose ranks wait for each other for ever is refused by name', () => {
    const never = {
      ranks: [0, 1],
      actions: [
        [receive(1), send(1)],
        [receive(0), send(0)],
      ],
    };
    expect(() => simulateStep(never, timing)).toThrow('The plan cannot finish.');
  });
});

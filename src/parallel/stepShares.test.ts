// Shares of a step's time: bubbles that schedules promise, exchanges that hide behind work and those that do not, and always a whole.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../core/meshRecords';
import { plannedStep, simulatedEvents } from '../testing/plannedMesh';
import type { PlanAction } from './stepPlan';
import { stepShares } from './stepShares';

/** Forward 1, backward 2 (input gradient 1, weight gradient 1), whatever is not of a micro-batch nothing. */
const idealMs = (_: number, action: PlanAction): number =>
  action.kind !== 'compute' ? 0 : action.pass === 'backward' ? 2 : 1;
const ideal = { workMs: idealMs, exchangeMs: () => 0 };

/** One part a pass on every rank, so that stages are equal. */
const onePart = (_: number, action: PlanAction): number =>
  action.kind === 'compute' && action.part === 0 ? idealMs(_, action) : 0;

describe('stepShares', () => {
  test.each([
    ['gpipe', 2, 4],
    ['gpipe', 4, 8],
    ['1f1b', 2, 2],
    ['1f1b', 4, 4],
    ['1f1b', 4, 16],
  ] as const)('the bubble of %s over %d ranks with %d micro-batches is (p-1)/(m+p-1)', (name, pp, microBatches) => {
    const { plan } = plannedStep({ dp: 1, pp, tp: 1 }, name, microBatches);
    const shares = stepShares(plan, simulatedEvents(plan, { ...ideal, workMs: onePart }));
    expect(shares.bubble).toBeCloseTo((pp - 1) / (microBatches + pp - 1), 12);
    expect(shares.communication).toBe(0);
    expect(shares.ranks).toHaveLength(pp);
  });

  test('messages that take time are communication for who waits for them, and work hides them', () => {
    const { plan } = plannedStep({ dp: 1, pp: 2, tp: 1 }, 'gpipe', 1);
    const timing = { workMs: onePart, exchangeMs: (_: number, { kind }: PlanAction) => (kind === 'send' ? 0.5 : 0) };
    // Rank 0: F, then waits 0.5 + 1 + 2 + 0.5, then B. Rank 1: waits 1, receives 0.5, F B, sends 0.5, waits 2.
    const shares = stepShares(plan, simulatedEvents(plan, timing));
    const [first, second] = shares.ranks;
    expect(first?.compute).toBeCloseTo(3 / 7, 12);
    // Its own send, and the gradient on its way to it.
    expect(first?.communication).toBeCloseTo(1 / 7, 12);
    expect(second?.communication).toBeCloseTo(1 / 7, 12);
    expect(first?.bubble).toBeCloseTo(3 / 7, 12);
  });

  test('one worker computes all the time; no events are no shares', () => {
    const { plan } = plannedStep({ dp: 1, pp: 1, tp: 1 }, '1f1b', 3);
    expect(stepShares(plan, simulatedEvents(plan, ideal))).toMatchObject({ compute: 1, communication: 0, bubble: 0 });
    expect(stepShares(plan, [])).toMatchObject({ compute: 0, communication: 0, bubble: 0 });
  });

  test('some ranks stand for all: actions are those of the ranks that are named', () => {
    const { plan } = plannedStep({ dp: 2, pp: 2, tp: 1 }, '1f1b', 4);
    const events = simulatedEvents(plan, { ...ideal, workMs: onePart });
    const named = [0, 2];
    const part = { ...plan, actions: named.map((rank) => plan.actions[rank] ?? []) };
    const shares = stepShares(part, events.filter(({ rank }) => named.includes(rank)), named); // biome-ignore format: one line
    expect(shares.ranks.map(({ rank }) => rank)).toEqual(named);
    expect(shares.bubble).toBeCloseTo(1 / 5, 12);
  });

  test('they sum to 1 whatever was traced', () => {
    const { plan } = plannedStep({ dp: 2, pp: 2, tp: 1 }, '1f1b', 2);
    const traced = fc.record({
      rank: fc.nat(3),
      action: fc.nat(14),
      startMs: fc.nat(50),
      lengthMs: fc.integer({ min: 1, max: 30 }),
      waitMs: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(traced, { minLength: 1, maxLength: 40 }), (records) => {
        const events = records.map(
          ({ lengthMs, startMs, ...rest }): TraceEvent => ({ ...rest, step: 1, startMs, endMs: startMs + lengthMs, bytes: 0 }), // biome-ignore format: one line
        );
        const { compute, communication, bubble } = stepShares(plan, events);
        expect(compute + communication + bubble).toBeCloseTo(1, 9);
        for (const share of [compute, communication, bubble]) expect(share).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });
});

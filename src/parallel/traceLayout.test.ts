// A traced step as intervals: lanes, waits, and nothing over another whatever was traced.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../core/meshRecords';
import type { PlanAction, StepPlan } from './stepPlan';
import { layoutTrace } from './traceLayout';

const plain = { waitsFor: [], overlaps: false } as const;
const compute = (pass: 'forward' | 'backward', microBatch: number): PlanAction => ({
  ...plain,
  kind: 'compute',
  stage: 0,
  microBatch,
  pass,
  bank: 0,
  part: 0,
  flops: 1,
});
const reduce = (bucket: number): PlanAction => ({
  ...plain,
  overlaps: true,
  kind: 'allReduce',
  axis: 'dp',
  group: [0, 1],
  tensor: { of: 'parameters', unit: bucket },
  bank: null,
  bytes: 64,
});
const actions: readonly PlanAction[] = [compute('forward', 0), compute('backward', 0), reduce(0), reduce(1)];
const plan: StepPlan = { mesh: { dp: 2, pp: 1, tp: 1 }, stages: 1, microBatches: 1, actions: [actions, actions] };

function event(rank: number, action: number, startMs: number, endMs: number, waitMs = 0): TraceEvent {
  return { rank, step: 3, action, startMs, endMs, waitMs, bytes: action > 1 ? 64 : 0 };
}

const events = [
  event(0, 0, 1000, 1010),
  event(0, 1, 1012, 1020),
  event(0, 2, 1018, 1040, 5),
  event(0, 3, 1020, 1030),
  event(1, 0, 1004, 1014),
  event(1, 1, 1014, 1024),
  event(1, 2, 1024, 1030),
  event(1, 3, 1030, 1036),
];

describe('layoutTrace', () => {
  const layout = layoutTrace(plan, events);
  const [first, second] = layout.rows;

  test('starts at 0 and spans the whole step of all ranks', () => {
    expect(layout.spanMs).toBe(40);
    expect(first?.bars.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 10],
      [12, 20],
      [18, 40],
      [20, 30],
    ]);
    expect(second?.bars[0]?.startMs).toBe(4);
  });

  test('own work is above, exchanges at the same time lie on lanes of their own, others share one', () => {
    expect(first?.bars.map(({ lane }) => lane)).toEqual([0, 0, 1, 2]);
    expect(second?.bars.map(({ lane }) => lane)).toEqual([0, 0, 1, 1]);
    expect(layout.lanes).toBe(3);
  });

  test('waiting is the first part of a bar', () => {
    expect(first?.bars[2]).toMatchObject({ startMs: 18, waitEndMs: 23, endMs: 40, phase: 'communication' });
  });

  test('events of actions that the plan does not have are left out; no events are an empty picture', () => {
    expect(layoutTrace(plan, [...events, event(0, 9, 1000, 2000)]).rows[0]?.bars).toHaveLength(4);
    expect(layoutTrace(plan, [])).toMatchObject({ spanMs: 0, rows: [{ bars: [] }, { bars: [] }] });
  });

  test('no two bars of one lane overlap, and every bar lies within the step, whatever was traced', () => {
    const times = fc.record({
      action: fc.constantFrom(2, 3),
      start: fc.nat(100),
      length: fc.nat(30),
      wait: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 12 }), (traced) => {
        const { rows, spanMs } = layoutTrace(
          plan,
          traced.map(({ action, start, length, wait }) => event(0, action, start, start + length, wait)),
        );
        const bars = rows[0]?.bars ?? [];
        for (const bar of bars) {
          expect(bar.startMs).toBeGreaterThanOrEqual(0);
          expect(bar.endMs).toBeLessThanOrEqual(spanMs);
          expect(bar.waitEndMs).toBeLessThanOrEqual(bar.endMs);
          const later = bars.slice(bars.indexOf(bar) + 1).filter(({ lane }) => lane === bar.lane);
          for (const other of later) expect(other.startMs).toBeGreaterThanOrEqual(bar.endMs);
        }
      }),
    );
  });
});

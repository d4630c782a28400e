// The bubbles that the papers promise, and a timeline that keeps every dependency.

import { describe, expect, test } from 'vitest';
import { LabError } from '../../core/errors';
import type { ScheduleName } from '../../core/runConfig';
import { makeSchedule } from './makeSchedule';
import { slotText } from './schedule';
import { type PassCosts, scheduleTimeline } from './timeline';

/** A backward is two products where a forward is one; its halves one each. */
const costs: PassCosts = { forward: 1, backward: 2, inputGradient: 1, weightGradient: 1 };

function bubble(name: ScheduleName, ranks: number, stagesPerRank: number, microBatches: number): number {
  return scheduleTimeline(makeSchedule(name, { ranks, stagesPerRank, microBatches }), costs).bubbleShare;
}

const sizes: readonly (readonly [number, number])[] = [
  [1, 4],
  [2, 2],
  [2, 8],
  [4, 4],
  [4, 10],
  [4, 12],
  [8, 32],
];

describe.each(sizes)('%d ranks, %d micro-batches', (ranks, microBatches) => {
  const classic = (ranks - 1) / (microBatches + ranks - 1);

  test('gpipe and 1f1b: (P - 1) / (M + P - 1)', () => {
    expect(bubble('gpipe', ranks, 1, microBatches)).toBeCloseTo(classic, 12);
    expect(bubble('1f1b', ranks, 1, microBatches)).toBeCloseTo(classic, 12);
  });

  test('v stages a rank: (P - 1) / (v M + P - 1)', () => {
    for (const name of ['interleaved-1f1b', 'looped-bfs'] as const)
      expect(bubble(name, ranks, 3, microBatches)).toBeCloseTo((ranks - 1) / (3 * microBatches + ranks - 1), 12);
  });

  test('interleaved zero bubble, three equal passes: (P - 1) / (3 v M + P - 1), less than 1f1b', () => {
    for (const v of [1, 2, 3]) {
      const share = bubble('interleaved-zero-bubble', ranks, v, microBatches);
      expect(share).toBeCloseTo((ranks - 1) / (3 * v * microBatches + ranks - 1), 12);
      if (ranks > 1) expect(share).toBeLessThan(classic);
    }
  });
});

test('zbv: no rank waits between its first and last pass once 2 P - 1 micro-batches fill the V', () => {
  for (const [ranks, microBatches] of [
    [2, 3],
    [4, 7],
    [4, 16],
    [8, 15],
  ] as const) {
    const schedule = makeSchedule('zbv', { ranks, stagesPerRank: 2, microBatches });
    const { slots, bubbleShare } = scheduleTimeline(schedule, costs);
    for (const rank of slots) expect((rank.at(-1)?.end ?? 0) - rank[0].start).toBe(6 * microBatches);
    expect(bubbleShare).toBeCloseTo((ranks - 1) / (6 * microBatches + ranks - 1), 12);
  }
  // Fewer do not fill it.
  expect(bubble('zbv', 4, 2, 4)).toBeGreaterThan(3 / (6 * 4 + 3));
});

test('slots start when rank and inputs are ready, and end after their cost', () => {
  const timeline = scheduleTimeline(makeSchedule('1f1b', { ranks: 2, stagesPerRank: 1, microBatches: 2 }), costs);
  const text = timeline.slots.map((slots) => slots.map(({ slot, start, end }) => `${slotText(slot)} ${start}-${end}`));
  expect(text).toEqual([
    ['0F0 0-1', '0F1 1-2', '0B0 4-6', '0B1 7-9'],
    ['1F0 1-2', '1B0 2-4', '1F1 4-5', '1B1 5-7'],
  ]);
  expect(timeline.makespan).toBe(9);
  expect(timeline.bubbleShare).toBeCloseTo(1 / 3, 12);
});

test('a schedule that cannot finish is an error', () => {
  const schedule = makeSchedule('gpipe', { ranks: 2, stagesPerRank: 1, microBatches: 1 });
  const backwards = { ...schedule, slots: schedule.slots.map((slots) => slots.toReversed()) };
  expect(() => scheduleTimeline(backwards, costs)).toThrow(LabError);
});

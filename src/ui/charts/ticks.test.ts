import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fineTicks, linearTicks, logTicks } from './ticks';

test('round numbers', () => {
  expect(linearTicks(0, 500, 5)).toEqual([0, 100, 200, 300, 400, 500]);
  expect(linearTicks(1.9, 4.6, 6)).toEqual([2, 2.5, 3, 3.5, 4, 4.5]);
  expect(linearTicks(0, 0.003, 3)).toEqual([0, 0.001, 0.002, 0.003]);
  expect(fineTicks([0, 100], 0, 100)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(logTicks(1.8, 4.7)).toEqual([2, 2.5, 3, 4]);
});

test('any range gives a bounded number of lines inside it', () => {
  const bound = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(bound, bound, fc.integer({ min: 1, max: 20 }), (a, b, count) => {
      const [min, max] = a < b ? [a, b] : [b, a];
      const ticks = linearTicks(min, max, count);
      expect(ticks.length).toBeLessThanOrEqual(400);
      const slack = 1e-5 * Math.max(1, max - min) + 1e-9 * Math.max(Math.abs(min), Math.abs(max));
      for (const tick of ticks) {
        expect(tick).toBeGreaterThanOrEqual(min - slack);
        expect(tick).toBeLessThanOrEqual(max + slack);
      }
    }),
  );
});

test('no logarithm of nothing', () => {
  expect(logTicks(0, 1)).toEqual([]);
  expect(logTicks(2, 1)).toEqual([]);
  expect(logTicks(Number.NaN, 1)).toEqual([]);
});

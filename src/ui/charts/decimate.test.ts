import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimate, lowerBound } from './decimate';

test('short curves are drawn whole', () => {
  expect(decimate(Float64Array.of(3, 1, 2), 0, 3, 50)).toEqual([0, 1, 2]);
  expect(decimate(new Float64Array(9), 2, 2, 50)).toEqual([]);
});

test('long curves keep their ends, their lowest and their highest value, in rising order', () => {
  fc.assert(
    fc.property(
      fc.float64Array({ minLength: 300, maxLength: 900, noNaN: true }),
      fc.integer({ min: 10, max: 60 }),
      (values, buckets) => {
        const rows = decimate(values, 0, values.length, buckets);
        expect(rows.length).toBeLessThanOrEqual(2 * buckets + 2);
        expect(rows[0]).toBe(0);
        expect(rows.at(-1)).toBe(values.length - 1);
        for (let i = 1; i < rows.length; i++) expect(rows[i] ?? 0).toBeGreaterThan(rows[i - 1] ?? 0);
        const drawn = rows.map((row) => values[row] ?? 0);
        expect(Math.max(...drawn)).toBe(Math.max(...values));
        expect(Math.min(...drawn)).toBe(Math.min(...values));
      },
    ),
  );
});

test('the first row at or after a step', () => {
  const steps = Float64Array.of(1, 3, 5, 0);
  expect([0, 1, 2, 5, 6].map((limit) => lowerBound(steps, 3, limit))).toEqual([0, 0, 1, 2, 3]);
});

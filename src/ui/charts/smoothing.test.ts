import { expect, test } from 'vitest';
import { smooth } from './smoothing';

test('weight 0 is the curve itself', () => {
  const out = new Float64Array(3);
  smooth(Float64Array.of(3, 1, 2), 3, 0, out);
  expect([...out]).toEqual([3, 1, 2]);
});

test('the correction leaves a constant curve constant from the first step', () => {
  const out = new Float64Array(50);
  smooth(new Float64Array(50).fill(2.5), 50, 0.97, out);
  for (const value of out) expect(value).toBeCloseTo(2.5, 12);
});

test('values that are not finite are passed over', () => {
  const out = new Float64Array(3);
  smooth(Float64Array.of(Number.NaN, 4, Number.POSITIVE_INFINITY), 3, 0.5, out);
  expect([...out]).toEqual([Number.NaN, 4, 4]);
});

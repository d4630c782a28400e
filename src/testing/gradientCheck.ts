// Holds a backward pass to central differences. Test-only.

import { expect } from 'vitest';
import { differenceBackward } from '../reference/finiteDifference';

/**
 * Reason for 1e-8: the differences themselves are good to about 1e-10 of the gradient's scale (h = 2e-4, fourth order,
 * float64), and a wrong term shows in the first digits. The scale is at least 1, so that gradients of zero compare too.
 */
const RELATIVE = 1e-8;

/** Fails unless `analytic` is the gradient of sum(f(x) * dOut) at x. Returns the worst error over the scale. */
export function expectGradient(
  label: string,
  analytic: Float64Array,
  f: (x: Float64Array) => Float64Array,
  x: Float64Array,
  dOut: Float64Array,
  step?: number,
): number {
  const numeric = differenceBackward(f, x, dOut, step);
  expect(analytic.length, `${label}: length`).toBe(x.length);
  const error = relativeError(analytic, numeric);
  expect(error, `${label}: worst error over scale`).toBeLessThan(RELATIVE);
  return error;
}

/** Largest |a - b| over max(1, largest |b|); infinite if lengths differ or a value is not finite. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return largestDifference(actual, expected) / Math.max(1, largestMagnitude(expected));
}

/** Largest |a - b|; infinite if lengths differ or a difference is NaN. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst;
}

/** Largest |x|; 0 for none. */
export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

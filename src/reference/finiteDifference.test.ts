// The judge itself: known derivatives, and that it would catch a wrong one.

import { describe, expect, it } from 'vitest';
import { expectGradient, largestDifference } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { centralDifference, differenceBackward } from './finiteDifference';

describe('centralDifference', () => {
  it('is right to 1e-10 for smooth functions and leaves x as it is', () => {
    const x = randomValues('x', 5);
    const before = x.slice();
    const gradient = centralDifference((p) => Math.sin(p[0]) * Math.exp(p[1]) + p[2] ** 3 - p[3] * p[4], x);
    const exact = [Math.cos(x[0]) * Math.exp(x[1]), Math.sin(x[0]) * Math.exp(x[1]), 3 * x[2] ** 2, -x[4], -x[3]];
    expect(largestDifference(gradient, exact)).toBeLessThan(1e-10);
    expect([...x]).toEqual([...before]);
  });

  it('weighs an array-valued function by dOut', () => {
    const gradient = differenceBackward((p) => p.map((v) => v * v), Float64Array.of(1, 2), Float64Array.of(10, -1));
    expect(largestDifference(gradient, [20, -4])).toBeLessThan(1e-10);
  });

  it('catches a gradient that is off by a thousandth of a percent', () => {
    const x = Float64Array.of(1, 2);
    const dOut = Float64Array.of(1, 1);
    const square = (p: Float64Array) => p.map((v) => v * v);
    expectGradient('right', Float64Array.of(2, 4), square, x, dOut);
    expect(() => expectGradient('wrong', Float64Array.of(2, 4.00004), square, x, dOut)).toThrow();
  });
});

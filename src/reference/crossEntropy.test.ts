// Cross-entropy: known losses, gradients against differences, ignored rows and logits that overflow careless forms.

import { describe, expect, it } from 'vitest';
import { expectGradient, largestDifference } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { crossEntropy, crossEntropyBackward, IGNORED_TARGET } from './crossEntropy';

describe('crossEntropy', () => {
  it.each([
    [1, 1],
    [1, 5],
    [3, 7],
    [7, 2],
  ])('has the gradient that differences give, %d x %d', (rows, vocabulary) => {
    const targets = Int32Array.from({ length: rows }, (_, n) => (n === 1 ? IGNORED_TARGET : (3 * n) % vocabulary));
    const input = { logits: randomValues('logits', rows * vocabulary, 4), targets, vocabulary, count: 11 };
    const loss = (logits: Float64Array) => Float64Array.of(crossEntropy({ ...input, logits }).loss);
    expectGradient('dLogits', crossEntropyBackward(input), loss, input.logits, Float64Array.of(1));
    expectGradient('dLogits scaled', crossEntropyBackward(input, 5), loss, input.logits, Float64Array.of(5));
  });

  it('is log V for ties, and divides the sum by the count given', () => {
    const input = { logits: new Float64Array(10), targets: Int32Array.of(0, 4), vocabulary: 5, count: 4 };
    expect(crossEntropy(input).loss).toBeCloseTo((2 * Math.log(5)) / 4, 14);
  });

  it('counts nothing where all targets are ignored', () => {
    const targets = new Int32Array(3).fill(IGNORED_TARGET);
    const input = { logits: randomValues('logits', 6, 1e4), targets, vocabulary: 2, count: 1 };
    expect(crossEntropy(input).loss).toBe(0);
    expect([...crossEntropyBackward(input)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('keeps huge logits finite and exact', () => {
    const input = {
      logits: Float64Array.of(1e30, -1e30, 800, 790),
      targets: Int32Array.of(0, 1),
      vocabulary: 2,
      count: 1,
    };
    expect(crossEntropy(input).losses[0]).toBe(0);
    expect(crossEntropy(input).losses[1]).toBeCloseTo(10 + Math.log1p(Math.exp(-10)), 12);
    const wrong = crossEntropyBackward({ ...input, targets: Int32Array.of(1, IGNORED_TARGET) });
    expect(largestDifference(wrong, [1, -1, 0, 0])).toBe(0);
  });

  it('refuses targets outside the vocabulary and a count of 0', () => {
    const input = { logits: new Float64Array(2), targets: Int32Array.of(2), vocabulary: 2, count: 1 };
    expect(() => crossEntropy(input)).toThrow('target 2 of row 0 is not in 0..1');
    expect(() => crossEntropy({ ...input, count: 0 })).toThrow('count must be above 0');
  });
});

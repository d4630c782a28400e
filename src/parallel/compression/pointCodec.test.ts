// What a rank sends to one other over several steps: with error feedback nothing is lost, only late.

import { expect, test } from 'vitest';
import type { CompressionName } from '../../core/runConfig';
import { decodeFromOne, encodeForOne } from './pointCodec';
import { createCompressionState } from './state';

const LENGTH = 200;
const gradient = Float32Array.from({ length: LENGTH }, (_, i) => Math.sin(i * i) / (1 + (i % 17)));

function settings(compression: CompressionName, errorFeedback: boolean) {
  return { compression, errorFeedback, topKShare: 0.1, powerRank: 2 };
}

/** Largest error of the mean of what arrived in `steps` steps of one gradient. */
function meanError(compression: CompressionName, errorFeedback: boolean, steps: number): number {
  const state = createCompressionState(LENGTH);
  const sum = new Float64Array(LENGTH);
  for (let step = 0; step < steps; step++) {
    const chosen = settings(compression, errorFeedback);
    const payload = structuredClone(encodeForOne(gradient, chosen, state));
    decodeFromOne(payload, LENGTH, chosen).forEach((value, i) => {
      sum[i] += value;
    });
  }
  return gradient.reduce((worst, value, i) => Math.max(worst, Math.abs(sum[i] / steps - value)), 0);
}

test('without compression the bits arrive', () => {
  expect(meanError('none', true, 1)).toBe(0);
});

test.each(['f16', 'int8', 'top-k', 'power-sgd'] as const)('%s brings the mean over with error feedback', (name) => {
  // What is late is bounded: over four times as many steps it weighs a quarter as much, or little more.
  const late = meanError(name, true, 200);
  expect(late).toBeLessThan(0.4 * meanError(name, true, 50) + 1e-7);
  expect(late).toBeLessThan(meanError(name, false, 200));
});

test.each(['none', 'int8', 'top-k', 'power-sgd'] as const)('%s refuses what is not of its length', (name) => {
  const payload = encodeForOne(gradient, settings(name, false), createCompressionState(LENGTH));
  expect(() => decodeFromOne(payload, name === 'top-k' ? 3 : 7, settings(name, false))).toThrow(RangeError);
});

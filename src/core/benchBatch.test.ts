// Pins the batch rule: bench/torch_baseline.py and every peer depend on these very tokens.

import { describe, expect, it } from 'vitest';
import { benchBatch, benchShapes, benchToken } from './benchBatch';

describe('benchBatch', () => {
  it('gives the pinned tokens', () => {
    const { inputs, targets } = benchBatch(benchShapes.small, 3);
    expect([...inputs.slice(64, 74)]).toEqual([31, 61, 8, 43, 21, 51, 2, 45, 39, 12]);
    expect([...targets.slice(500, 512)]).toEqual([53, 53, 26, 26, 6, 35, 19, 34, 39, 7, 48, 29]);
  });

  it('has each target follow its input, in every row', () => {
    const shape = { ...benchShapes.small, block: 5, batch: 3 };
    const { inputs, targets } = benchBatch(shape, 0);
    for (let row = 0; row < 3; row++) {
      for (let t = 0; t < 4; t++) expect(targets[row * 5 + t]).toBe(inputs[row * 5 + t + 1]);
      expect(targets[row * 5 + 4]).toBe(benchToken(shape.vocabulary, 0, row, 5));
    }
  });

  it('stays inside the vocabulary and differs from step to step', () => {
    const [a, b] = [benchBatch(benchShapes.small, 0).inputs, benchBatch(benchShapes.small, 1).inputs];
    expect(Math.max(...a)).toBeLessThan(65);
    expect(Math.min(...a)).toBeGreaterThanOrEqual(0);
    expect([...a]).not.toEqual([...b]);
  });
});

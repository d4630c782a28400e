// Pruning: how many weights go, and that the largest stay, whichever way the matrix is stored.

import { expect, test } from 'vitest';
import { pruneMatrix } from './prune';

const values = Float32Array.from([3, -1, 0.5, 2, 7, 6, -5, 4, -9, 8]);

test('magnitude takes the smallest of the whole matrix', () => {
  const shape = { outputs: 2, inputs: 5, transposed: false };
  expect([...pruneMatrix(values, shape, { name: 'magnitude', sparsity: 0.35 })]).toEqual([
    3, 0, 0, 0, 7, 6, -5, 4, -9, 8,
  ]);
  expect(pruneMatrix(values, shape, { name: 'magnitude', sparsity: 0 })).toEqual(values);
});

test('2:4 keeps two of four neighbouring inputs of each output, and what is left over', () => {
  const half = { name: '2:4', sparsity: 0.5 } as const;
  const straight = pruneMatrix(values, { outputs: 2, inputs: 5, transposed: false }, half);
  expect([...straight]).toEqual([3, 0, 0, 2, 7, 6, 0, 0, -9, 8]);
  const turn = (matrix: Float32Array) => Float32Array.from(matrix, (_, i) => matrix[(i % 2) * 5 + Math.floor(i / 2)]);
  expect(pruneMatrix(turn(values), { outputs: 2, inputs: 5, transposed: true }, half)).toEqual(turn(straight));
});

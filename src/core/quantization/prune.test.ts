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

test('magnitude agrees with sorting, equal values going in storage order', () => {
  const many = Float32Array.from({ length: 1000 }, (_, i) => Math.round(50 * Math.sin(i * i)) / 8);
  const shape = { outputs: 10, inputs: 100, transposed: false };
  for (const sparsity of [0, 0.01, 0.37, 0.5, 0.99]) {
    const order = [...many.keys()].sort((a, b) => Math.abs(many[a]) - Math.abs(many[b]) || a - b);
    const wanted = many.slice();
    for (const index of order.slice(0, Math.floor(1000 * sparsity))) wanted[index] = 0;
    expect(pruneMatrix(many, shape, { name: 'magnitude', sparsity }).map(Math.abs)).toEqual(wanted.map(Math.abs));
  }
});

test('2:4 keeps two of four neighbouring inputs of each output, and what is left over', () => {
  const half = { name: '2:4', sparsity: 0.5 } as const;
  const straight = pruneMatrix(values, { outputs: 2, inputs: 5, transposed: false }, half);
  expect([...straight]).toEqual([3, 0, 0, 2, 7, 6, 0, 0, -9, 8]);
  const turn = (matrix: Float32Array) => Float32Array.from(matrix, (_, i) => matrix[(i % 2) * 5 + Math.floor(i / 2)]);
  expect(pruneMatrix(turn(values), { outputs: 2, inputs: 5, transposed: true }, half)).toEqual(turn(straight));
});

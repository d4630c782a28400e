// Quantising: what codes and scales stand for, and how far off; blocks that hurt (constant, zero, tiny, ragged) and values that are refused.

import { expect, test } from 'vitest';
import { fillNormal } from '../rng';
import { dequantizeMatrix, quantizeMatrix, type WeightMatrix } from './quantizeMatrix';
import { groupSizes, type QuantizationScheme, quantizedLayout, scaleCount, wordCount } from './scheme';

const int8: QuantizationScheme = { name: 'int8' };
const int4: QuantizationScheme = { name: 'int4', group: 32 };

function matrixOf(outputs: number, inputs: number, values?: Float32Array): WeightMatrix {
  const normal = new Float32Array(outputs * inputs);
  if (!values) fillNormal(normal, 3, 'w', 0.02);
  return { name: 'w', outputs, inputs, transposed: false, values: values ?? normal };
}

test('int8 misses by half a scale at most, and says by how much', () => {
  const matrix = matrixOf(7, 45);
  const quantized = quantizeMatrix(matrix, int8);
  const back = dequantizeMatrix(quantized);
  let worst = 0;
  matrix.values.forEach((value, i) => {
    const miss = Math.abs(value - back[i]);
    worst = Math.max(worst, miss);
    expect(miss).toBeLessThanOrEqual(0.5001 * quantized.scales[Math.floor(i / 45)]);
  });
  expect(quantized.error.maxError).toBeCloseTo(worst, 8);
  expect(quantized.error.relativeError).toBeLessThan(0.01);
  expect(quantized.words).toHaveLength(wordCount(quantizedLayout(7, 45, int8)));
});

test('int4: smaller groups miss by less, and every size is laid out whole', () => {
  const matrix = matrixOf(5, 257);
  const errors = groupSizes.map((group) => {
    const quantized = quantizeMatrix(matrix, { name: 'int4', group });
    expect(quantized.scales).toHaveLength(scaleCount(quantizedLayout(5, 257, { name: 'int4', group })));
    const back = dequantizeMatrix(quantized);
    const worst = Math.max(...matrix.values.map((value, i) => Math.abs(value - back[i])));
    expect(quantized.error.maxError).toBeCloseTo(worst, 8);
    return quantized.error.relativeError;
  });
  expect(errors).toEqual([...errors].sort((a, b) => a - b));
  expect(errors[0]).toBeLessThan(0.1);
});

test('a matrix stored the other way round gives the same codes', () => {
  const straight = matrixOf(6, 33);
  const turned = new Float32Array(6 * 33);
  straight.values.forEach((value, i) => {
    turned[(i % 33) * 6 + Math.floor(i / 33)] = value;
  });
  for (const scheme of [int8, int4]) {
    const other = quantizeMatrix({ ...straight, values: turned, transposed: true }, scheme);
    expect(other).toEqual(quantizeMatrix(straight, scheme));
  }
});

test('blocks of one value, of zeros and of the smallest numbers come back as they are, by a defined scale', () => {
  for (const scheme of [int8, int4]) {
    for (const value of [0, 0.75, -3, 1e-44]) {
      const quantized = quantizeMatrix(matrixOf(3, 40, new Float32Array(120).fill(value)), scheme);
      expect(quantized.scales.every(Number.isFinite)).toBe(true);
      const back = dequantizeMatrix(quantized);
      for (const got of back)
        expect(Math.abs(got - value)).toBeLessThanOrEqual(Math.max(1e-44, 1e-6 * Math.abs(value)));
    }
  }
});

test('infinity and NaN are refused with their place', () => {
  for (const value of [Infinity, Number.NaN]) {
    const values = new Float32Array(3 * 40);
    values[45] = value;
    for (const scheme of [int8, int4])
      expect(() => quantizeMatrix(matrixOf(3, 40, values), scheme)).toThrow(/w cannot be quantised/);
  }
});

test('a group that is none is refused', () => {
  expect(() => quantizedLayout(4, 4, { name: 'int4', group: 20 })).toThrow(
    'a group has 32, 64, 96, 128 inputs, got 20',
  );
});

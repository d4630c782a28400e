// Layer norm, RMS norm and softmax: defining properties, gradients against differences, values that hurt.

import { describe, expect, it } from 'vitest';
import { expectGradient, largestDifference } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { headNorm, headNormBackward } from './headNorm';
import { layerNorm, layerNormBackward } from './layerNorm';
import { rmsNorm, rmsNormBackward } from './rmsNorm';
import { softmax, softmaxBackward } from './softmax';

const sizes = [
  [1, 1],
  [1, 7],
  [3, 5],
  [5, 2],
] as const;
const epsilon = 1e-5;

describe('layerNorm', () => {
  it.each(sizes)('has the gradients that differences give, %d x %d', (rows, channels) => {
    const x = randomValues('x', rows * channels).map((value) => value + 2);
    const weight = randomValues('weight', channels);
    const bias = randomValues('bias', channels);
    const dOut = randomValues('dOut', rows * channels);
    const input = { x, weight, bias, rows, channels, epsilon };
    const { dX, dWeight, dBias } = layerNormBackward(input, dOut);
    expectGradient('dX', dX, (probe) => layerNorm({ ...input, x: probe }).out, x, dOut, 1e-5);
    expectGradient('dWeight', dWeight, (probe) => layerNorm({ ...input, weight: probe }).out, weight, dOut);
    expectGradient('dBias', dBias, (probe) => layerNorm({ ...input, bias: probe }).out, bias, dOut);
  });

  it('gives mean 0 and variance 1, also far from 0', () => {
    const x = randomValues('x', 101).map((value) => value + 1e6);
    const weight = new Float64Array(101).fill(1);
    const { out } = layerNorm({ x, weight, bias: new Float64Array(101), rows: 1, channels: 101, epsilon: 0 });
    expect(out.reduce((sum, value) => sum + value, 0) / 101).toBeCloseTo(0, 8);
    expect(out.reduce((sum, value) => sum + value * value, 0) / 101).toBeCloseTo(1, 8);
  });

  it('gives the bias for rows that are all alike', () => {
    const bias = Float64Array.of(1, 2, 3);
    const input = { x: new Float64Array(3).fill(7), weight: bias, bias, rows: 1, channels: 3, epsilon };
    expect([...layerNorm(input).out]).toEqual([1, 2, 3]);
  });
});

describe('rmsNorm', () => {
  it.each(sizes)('has the gradients that differences give, %d x %d', (rows, channels) => {
    const x = randomValues('x', rows * channels);
    const weight = randomValues('weight', channels);
    const dOut = randomValues('dOut', rows * channels);
    const input = { x, weight, rows, channels, epsilon };
    const { dX, dWeight } = rmsNormBackward(input, dOut);
    expectGradient('dX', dX, (probe) => rmsNorm({ ...input, x: probe }).out, x, dOut, 1e-5);
    expectGradient('dWeight', dWeight, (probe) => rmsNorm({ ...input, weight: probe }).out, weight, dOut);
  });

  it('gives 0 for 0', () => {
    const zeros = new Float64Array(3);
    const input = { x: zeros, weight: zeros.map(() => 2), rows: 1, channels: 3, epsilon };
    expect([...rmsNorm(input).out]).toEqual([0, 0, 0]);
  });
});

describe('headNorm', () => {
  it('has the gradients that differences give, and leaves values', () => {
    const [heads, kvHeads, headDim] = [4, 2, 3];
    const qkv = randomValues('qkv', 2 * (heads + 2 * kvHeads) * headDim);
    const queryWeight = randomValues('query', headDim);
    const keyWeight = randomValues('key', headDim);
    const dOut = randomValues('dOut', qkv.length);
    const input = { qkv, queryWeight, keyWeight, heads, kvHeads, epsilon };
    const { dQkv, dQueryWeight, dKeyWeight } = headNormBackward(input, dOut);
    expectGradient('dQkv', dQkv, (probe) => headNorm({ ...input, qkv: probe }), qkv, dOut, 1e-5);
    expectGradient('dQuery', dQueryWeight, (probe) => headNorm({ ...input, queryWeight: probe }), queryWeight, dOut);
    expectGradient('dKey', dKeyWeight, (probe) => headNorm({ ...input, keyWeight: probe }), keyWeight, dOut);
    const values = (heads + kvHeads) * headDim;
    expect([...headNorm(input).subarray(values, values + 6)]).toEqual([...qkv.subarray(values, values + 6)]);
  });
});

describe('softmax', () => {
  it.each(sizes)('has the gradient that differences give, %d x %d', (rows, columns) => {
    const x = randomValues('x', rows * columns, 3);
    const dOut = randomValues('dOut', rows * columns);
    const dX = softmaxBackward(softmax(x, rows, columns), dOut, rows, columns);
    expectGradient('dX', dX, (probe) => softmax(probe, rows, columns), x, dOut);
  });

  it('does not see a constant, however large, and shares ties', () => {
    const x = randomValues('x', 5);
    const shifted = softmax(
      x.map((value) => value + 2 ** 20),
      1,
      5,
    );
    expect(largestDifference(shifted, softmax(x, 1, 5))).toBeLessThan(1e-9);
    expect([...softmax(Float64Array.of(1e30, 1e30, -1e30, 0), 1, 4)]).toEqual([0.5, 0.5, 0, 0]);
  });
});

// matmul and linear: a product by hand, every transpose against the plain one, gradients against differences.

import { describe, expect, it } from 'vitest';
import { expectGradient, largestDifference } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { type LinearShape, linear, linearDBias, linearDInput, linearDWeight } from './linear';
import { type MatmulInput, matmul, matmulBackward } from './matmul';

const sizes = [
  [1, 1, 1],
  [2, 3, 5],
  [5, 1, 7],
  [3, 7, 2],
] as const;
const transposes = [false, true].flatMap((transA) => [false, true].map((transB) => ({ transA, transB })));

describe('matmul', () => {
  it('multiplies as by hand, in each layout', () => {
    const expected = [58, 64, 139, 154];
    const a = [1, 2, 3, 4, 5, 6];
    const aT = [1, 4, 2, 5, 3, 6];
    const b = [7, 8, 9, 10, 11, 12];
    const bT = [7, 9, 11, 8, 10, 12];
    for (const { transA, transB } of transposes) {
      const { out } = matmul({
        a: Float64Array.from(transA ? aT : a),
        b: Float64Array.from(transB ? bT : b),
        m: 2,
        n: 2,
        k: 3,
        transA,
        transB,
      });
      expect([...out]).toEqual(expected);
    }
  });

  it.each(sizes)('has the gradients that differences give, %d x %d x %d', (m, n, k) => {
    for (const transpose of transposes) {
      for (const epilogue of [undefined, 'gelu_new', 'gelu', 'silu'] as const) {
        const input: MatmulInput = {
          a: randomValues('a', m * k),
          b: randomValues('b', k * n),
          bias: randomValues('bias', n),
          residual: randomValues('residual', m * n),
          m,
          n,
          k,
          ...transpose,
          ...(epilogue ? { activation: epilogue } : {}),
        };
        const dOut = randomValues('dOut', m * n);
        const { dA, dB, dBias, dResidual } = matmulBackward(input, dOut);
        expectGradient('dA', dA, (a) => matmul({ ...input, a }).out, input.a, dOut);
        expectGradient('dB', dB, (b) => matmul({ ...input, b }).out, input.b, dOut);
        expectGradient('dBias', dBias, (bias) => matmul({ ...input, bias }).out, randomValues('bias', n), dOut);
        const residual = randomValues('residual', m * n);
        expectGradient('dResidual', dResidual, (r) => matmul({ ...input, residual: r }).out, residual, dOut);
      }
    }
  });

  it.each([1, 3, 4, 5, 8, 11])('is the plain sum to the last bit, %d columns', (n) => {
    const [m, k] = [3, 7];
    const a = randomValues('a', m * k);
    const b = randomValues('b', k * n);
    const expected = Float64Array.from({ length: m * n }, (_, element) => {
      const [i, j] = [Math.floor(element / n), element % n];
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p] * b[p * n + j];
      return sum;
    });
    expect([...matmul({ a, b, m, n, k }).out]).toEqual([...expected]);
  });

  it('adds the residual after the activation and the bias before it', () => {
    const one = Float64Array.of(1);
    const { out, preActivation } = matmul({
      a: one,
      b: Float64Array.of(-3),
      bias: one,
      residual: Float64Array.of(10),
      m: 1,
      n: 1,
      k: 1,
      activation: 'relu',
    });
    expect([out[0], preActivation[0]]).toEqual([10, -2]);
  });

  it('refuses wrong lengths with numbers', () => {
    const a = new Float64Array(5);
    expect(() => matmul({ a, b: a, m: 2, n: 1, k: 3 })).toThrow('a has 5 elements, needs 6');
  });
});

describe.each(['inOut', 'outIn'] as const)('linear %s', (layout) => {
  it.each(sizes)('has the gradients that differences give, %d rows, %d in, %d out', (rows, inFeatures, outFeatures) => {
    const shape: LinearShape = { rows, inFeatures, outFeatures, layout };
    const input = randomValues('input', rows * inFeatures);
    const weight = randomValues('weight', inFeatures * outFeatures);
    const bias = randomValues('bias', outFeatures);
    const dOut = randomValues('dOut', rows * outFeatures);
    expectGradient('dInput', linearDInput(shape, dOut, weight), (x) => linear(shape, x, weight, bias), input, dOut);
    expectGradient('dWeight', linearDWeight(shape, dOut, input), (w) => linear(shape, input, w, bias), weight, dOut);
    expectGradient('dBias', linearDBias(shape, dOut), (b) => linear(shape, input, weight, b), bias, dOut);
  });
});

describe('linear', () => {
  it('gives the same for a weight and its transpose', () => {
    const input = randomValues('input', 6);
    const weight = randomValues('weight', 15);
    const transposed = Float64Array.from({ length: 15 }, (_, i) => weight[(i % 3) * 5 + Math.floor(i / 3)]);
    const shape = { rows: 2, inFeatures: 3, outFeatures: 5 };
    const straight = linear({ ...shape, layout: 'inOut' }, input, weight);
    expect(largestDifference(linear({ ...shape, layout: 'outIn' }, input, transposed), straight)).toBeLessThan(1e-15);
  });
});

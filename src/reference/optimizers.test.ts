// AdamW, SGD and Muon: steps by hand and the properties that their papers promise.

import { describe, expect, it } from 'vitest';
import { largestDifference } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { adamW } from './adamW';
import { clip, clipCoefficient, globalNorm } from './globalNorm';
import { matmul } from './matmul';
import { muon, newtonSchulz } from './muon';
import { sgdMomentum } from './sgdMomentum';

const zeros = (count: number) => new Float64Array(count);

describe('adamW', () => {
  const settings = { learningRate: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, step: 1 };
  const start = (parameter: Float64Array) => ({
    parameter,
    firstMoment: zeros(parameter.length),
    secondMoment: zeros(parameter.length),
  });

  it('moves by the learning rate at first, whatever the size of the gradient', () => {
    const { parameter } = adamW(start(Float64Array.of(1, 1, 1)), Float64Array.of(1e-3, -50, 0), settings);
    expect(largestDifference(parameter, [0.9, 1.1, 1])).toBeLessThan(2e-6);
  });

  it('takes two steps as by hand, with decay', () => {
    const decaying = { ...settings, weightDecay: 0.5, epsilon: 0.01 };
    const first = adamW(start(Float64Array.of(2)), Float64Array.of(3), decaying);
    // m = 0.3, v = 0.45; corrected 3 and 9.
    const p1 = 2 * 0.95 - (0.1 * 3) / (3 + 0.01);
    expect(first.parameter[0]).toBeCloseTo(p1, 14);
    const second = adamW(first, Float64Array.of(-1), { ...decaying, step: 2 });
    const m = (0.9 * 0.3 - 0.1) / (1 - 0.81);
    const v = (0.95 * 0.45 + 0.05) / (1 - 0.9025);
    expect(second.parameter[0]).toBeCloseTo(p1 * 0.95 - (0.1 * m) / (Math.sqrt(v) + 0.01), 14);
  });

  it('decays what has no gradient', () => {
    const { parameter } = adamW(start(Float64Array.of(4)), zeros(1), { ...settings, weightDecay: 0.5 });
    expect(parameter[0]).toBeCloseTo(3.8, 14);
  });
});

describe('sgdMomentum', () => {
  const settings = { learningRate: 0.1, momentum: 0.5, nesterov: false, weightDecay: 0, decay: 'coupled' } as const;
  const run = (options: Parameters<typeof sgdMomentum>[2]) => {
    const first = sgdMomentum({ parameter: Float64Array.of(1), buffer: zeros(1) }, Float64Array.of(2), options);
    return sgdMomentum(first, Float64Array.of(4), options).parameter[0];
  };

  it('takes two steps as by hand', () => {
    expect(run(settings)).toBeCloseTo(1 - 0.1 * 2 - 0.1 * (0.5 * 2 + 4), 14);
    expect(run({ ...settings, nesterov: true })).toBeCloseTo(1 - 0.1 * (2 + 1) - 0.1 * (4 + 0.5 * 5), 14);
    expect(run({ ...settings, momentum: 0 })).toBeCloseTo(0.4, 14);
  });

  it('couples decay as PyTorch does, or not', () => {
    const p1 = 1 - 0.1 * 2.3;
    const buffer = 0.5 * 2.3 + 4 + 0.3 * p1;
    expect(run({ ...settings, weightDecay: 0.3 })).toBeCloseTo(p1 - 0.1 * buffer, 14);
    const decoupled = run({ ...settings, weightDecay: 0.3, decay: 'decoupled' });
    expect(decoupled).toBeCloseTo((0.97 - 0.2) * 0.97 - 0.1 * 5, 14);
  });
});

describe('muon', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 7],
    [7, 3],
    [5, 1],
  ])('brings all singular values of %d x %d near 1', (rows, columns) => {
    const x = newtonSchulz(randomValues('matrix', rows * columns), rows, columns);
    const small = Math.min(rows, columns);
    const gram = matmul({
      a: x,
      b: x,
      m: small,
      n: small,
      k: Math.max(rows, columns),
      transA: rows > columns,
      transB: rows <= columns,
    }).out;
    // Singular values in 0.6 .. 1.25: the Gram matrix has a diagonal in their squares and a bounded rest.
    for (let i = 0; i < small; i++) {
      expect(gram[i * small + i]).toBeGreaterThan(0.3);
      expect(gram[i * small + i]).toBeLessThan(1.6);
    }
    expect(globalNorm([x])).toBeLessThan(1.25 * Math.sqrt(small));
  });

  it('turns a diagonal matrix into signs, by the scalar polynomial', () => {
    const diagonal = [3, -2, 1];
    const norm = Math.hypot(...diagonal) + 1e-7;
    const x = newtonSchulz(Float64Array.of(3, 0, 0, 0, -2, 0, 0, 0, 1), 3, 3);
    diagonal.forEach((value, i) => {
      let s = value / norm;
      for (let k = 0; k < 5; k++) s = 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5;
      expect(x[i * 4]).toBeCloseTo(s, 12);
      expect(Math.sign(x[i * 4])).toBe(Math.sign(value));
    });
  });

  it('commutes with transposing', () => {
    const wide = randomValues('matrix', 15);
    const tall = Float64Array.from({ length: 15 }, (_, i) => wide[(i % 3) * 5 + Math.floor(i / 3)]);
    const fromTall = newtonSchulz(tall, 5, 3);
    const fromWide = newtonSchulz(wide, 3, 5);
    const back = Float64Array.from({ length: 15 }, (_, i) => fromTall[(i % 5) * 3 + Math.floor(i / 5)]);
    expect(largestDifference(back, fromWide)).toBeLessThan(1e-14);
  });

  it('steps with nesterov momentum, decay and the scale of AdamW updates', () => {
    const settings = { learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.2 };
    const gradient = randomValues('gradient', 8);
    const parameter = randomValues('parameter', 8);
    const { parameter: next, buffer } = muon({ parameter, buffer: zeros(8) }, gradient, 4, 2, settings);
    expect(
      largestDifference(
        buffer,
        gradient.map((g) => 0.1 * g),
      ),
    ).toBeLessThan(1e-15);
    const direction = newtonSchulz(
      gradient.map((g) => 0.19 * g),
      4,
      2,
    );
    const expected = parameter.map((p, i) => p * 0.98 - 0.1 * 0.4 * direction[i]);
    expect(largestDifference(next, expected)).toBeLessThan(1e-14);
  });

  it('stays where the gradient is zero', () => {
    expect([...newtonSchulz(zeros(6), 2, 3)].every((value) => value === 0)).toBe(true);
  });
});

describe('globalNorm and clip', () => {
  it('is one norm over all arrays', () => {
    expect(globalNorm([Float64Array.of(3), Float64Array.of(0, 4), zeros(0)])).toBe(5);
    expect(globalNorm([])).toBe(0);
  });

  it('clips only what is longer than the limit, as PyTorch does', () => {
    expect(clipCoefficient(5, 1)).toBe(1 / (5 + 1e-6));
    expect(clipCoefficient(0.5, 1)).toBe(1);
    expect(clipCoefficient(0, 1)).toBe(1);
    expect(clipCoefficient(1e9, 0)).toBe(1);
    expect([...clip(Float64Array.of(2, -4), 0.5)]).toEqual([1, -2]);
  });
});

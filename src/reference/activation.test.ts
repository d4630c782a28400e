// Activations: known values, derivatives against differences, and inputs that overflow careless forms.

import { describe, expect, it } from 'vitest';
import { activationNames } from '../core/models/activationNames';
import { expectGradient } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { activation, activationBackward } from './activation';
import { swiglu, swigluBackward } from './swiglu';

/** Those that tend to x. */
const unbounded = activationNames.filter((name) => name !== 'tanh');

describe.each(activationNames)('%s', (name) => {
  it.each([1, 7, 31])('has the derivative that differences give, %d values', (count) => {
    const x = randomValues('x', count, 3).map((value) => (Math.abs(value) < 0.01 ? 0.01 : value));
    const dOut = randomValues('dOut', count);
    expectGradient(name, activationBackward(name, x, dOut), (probe) => activation(name, probe), x, dOut);
  });
});

describe.each(unbounded)('%s', (name) => {
  it('stays finite at large inputs and tends to x and 0', () => {
    const x = Float64Array.of(-1e30, -1e4, -60, 60, 1e4, 1e30);
    const ones = new Float64Array(6).fill(1);
    expect([...activation(name, x)].map((value) => Math.abs(value))).toEqual([
      0,
      0,
      expect.closeTo(0, 20),
      60,
      1e4,
      1e30,
    ]);
    expect([...activationBackward(name, x, ones)].map((value) => Math.abs(value))).toEqual([
      0,
      0,
      expect.closeTo(0, 20),
      1,
      1,
      1,
    ]);
  });
});

describe('activation', () => {
  it('gives known values at 1 and -1', () => {
    const x = Float64Array.of(1, -1);
    // Phi(1) = 0.841344746068543; sigmoid(1) = 0.731058578630005.
    expect(activation('gelu', x)[0]).toBeCloseTo(0.841344746068543, 14);
    expect(activation('gelu', x)[1]).toBeCloseTo(-0.158655253931457, 14);
    expect(activation('silu', x)[0]).toBeCloseTo(0.731058578630005, 14);
    expect(Math.abs(activation('gelu_new', x)[0] - activation('gelu', x)[0])).toBeLessThan(5e-4);
  });

  it('gives relu a derivative of 0 at 0', () => {
    expect([...activationBackward('relu', Float64Array.of(0, -0), Float64Array.of(1, 1))]).toEqual([0, 0]);
  });
});

describe('swiglu', () => {
  it.each([
    [1, 1],
    [3, 5],
  ])('has the gradient that differences give, %d rows of %d', (rows, columns) => {
    const x = randomValues('x', 2 * rows * columns, 2);
    const dOut = randomValues('dOut', rows * columns);
    expectGradient('dX', swigluBackward(x, columns, dOut), (probe) => swiglu(probe, columns), x, dOut);
  });

  it('takes gates from the first half of a row and ups from the second', () => {
    // silu(0) = 0, silu of a large gate is the gate.
    expect([...swiglu(Float64Array.of(0, 100, 3, 2, 100, 0, 5, 7), 2)]).toEqual([0, 200, 500, 0]);
  });
});

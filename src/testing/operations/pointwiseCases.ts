// Cases of the operations that take each element alone: activations, sums, gates, a bias with a residual. Test-only.

import { activationNames } from '../../core/models/activationNames';
import { activation, activationBackward } from '../../reference/activation';
import { addColumns, addColumnsBackward } from '../../reference/addColumns';
import { biasResidual, biasResidualBackward } from '../../reference/biasResidual';
import { swiglu, swigluBackward } from '../../reference/swiglu';
import { randomValues } from '../randomValues';
import { EXP, label, matrix, type OperationCase, plus, type Size } from './operationCase';

export function activationCases({ rows, columns }: Size): OperationCase[] {
  const x = matrix('x', rows, columns);
  const dY = randomValues('dY', rows * columns);
  return activationNames.map((name) => ({
    name: `${name} ${rows}x${columns}`,
    run: {
      parameters: { x },
      build: ({ trace, leaf }) => ({ y: trace.apply('activation', { x: leaf('x') }, { activation: name }, ['y']).y }),
      seeds: { y: dY },
    },
    outputs: { y: { values: activation(name, x.values), terms: 1, factor: EXP } },
    gradients: { x: { values: activationBackward(name, x.values, dY), terms: 1, factor: EXP } },
  }));
}

export function addCases(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const a = matrix('a', rows, columns);
  const b = matrix('b', rows, columns);
  const dC = randomValues('dC', rows * columns);
  const twice = dC.map((d) => 2 * d);
  return [
    {
      name: label(size),
      run: {
        parameters: { a, b },
        build: ({ trace, leaf }) => ({ c: trace.apply('add', { a: leaf('a'), b: leaf('b') }, {}, ['c']).c }),
        seeds: { c: dC },
      },
      outputs: { c: { values: plus(a.values, b.values), terms: 1 } },
      gradients: { a: { values: dC, terms: 1 }, b: { values: dC, terms: 1 } },
    },
    {
      name: `${label(size)} to itself`,
      run: {
        parameters: { a },
        build: ({ trace, leaf }) => {
          const x = leaf('a');
          return { c: trace.apply('add', { a: x, b: x }, {}, ['c']).c };
        },
        seeds: { c: dC },
      },
      outputs: { c: { values: plus(a.values, a.values), terms: 1 } },
      gradients: { a: { values: twice, terms: 1 } },
    },
    {
      // Either input goes on to another consumer: what is added to one must not show in the other.
      name: `${label(size)} and then each again`,
      run: {
        parameters: { a, b },
        build: ({ trace, leaf }) => {
          const [x, y] = [leaf('a'), leaf('b')];
          return {
            u: trace.apply('activation', { x }, { activation: 'relu' }, ['y']).y,
            v: trace.apply('activation', { x: y }, { activation: 'silu' }, ['y']).y,
            c: trace.apply('add', { a: x, b: y }, {}, ['c']).c,
          };
        },
        seeds: { c: dC, u: a.values, v: b.values },
      },
      outputs: { c: { values: plus(a.values, b.values), terms: 1 } },
      gradients: {
        a: { values: plus(dC, activationBackward('relu', a.values, a.values)), terms: 1 },
        b: { values: plus(dC, activationBackward('silu', b.values, b.values)), terms: 1, factor: EXP },
      },
    },
  ];
}

export function addColumnsCases(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const base = matrix('base', rows, columns);
  const dY = randomValues('dY', rows * columns);
  return [columns, Math.ceil(columns / 2)].map((width) => {
    const part = matrix('part', rows, width);
    const shape = { columns, width, first: columns - width, scale: 0.75 };
    const attributes = { firstColumn: shape.first, scale: shape.scale };
    return {
      name: `${label(size)}, ${width} columns`,
      run: {
        parameters: { base, part },
        build: ({ trace, leaf }) => ({
          y: trace.apply('addColumns', { base: leaf('base'), part: leaf('part') }, attributes, ['y']).y,
        }),
        seeds: { y: dY },
      },
      outputs: { y: { values: addColumns(shape, base.values, part.values), terms: 2 } },
      gradients: { base: { values: dY, terms: 1 }, part: { values: addColumnsBackward(shape, dY), terms: 1 } },
    };
  });
}

export function swigluCases(size: Size): OperationCase {
  const { rows, columns } = size;
  const x = matrix('x', rows, 2 * columns);
  const dY = randomValues('dY', rows * columns);
  return {
    name: label(size),
    run: {
      parameters: { x },
      build: ({ trace, leaf }) => ({ y: trace.apply('swiglu', { x: leaf('x') }, {}, ['y']).y }),
      seeds: { y: dY },
    },
    outputs: { y: { values: swiglu(x.values, columns), terms: 1, factor: EXP } },
    gradients: { x: { values: swigluBackward(x.values, columns, dY), terms: 1, factor: EXP } },
  };
}

export function biasResidualCases(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const r = matrix('r', rows, columns);
  const bias = matrix('bias', columns);
  const dY = randomValues('dY', rows * columns);
  const dBias = { values: biasResidualBackward(dY, columns), terms: rows };
  return [
    {
      name: label(size),
      run: {
        parameters: { x, bias },
        build: ({ trace, leaf, parameter }) => {
          const inputs = { x: leaf('x'), bias: parameter('bias'), residual: undefined };
          return { y: trace.apply('biasResidual', inputs, {}, ['y']).y };
        },
        seeds: { y: dY },
      },
      outputs: { y: { values: biasResidual(x.values, bias.values), terms: 1 } },
      gradients: { x: { values: dY, terms: 1 }, bias: dBias },
    },
    {
      name: `${label(size)} onto itself`,
      run: {
        parameters: { x, bias },
        build: ({ trace, leaf, parameter }) => {
          const input = leaf('x');
          return {
            y: trace.apply('biasResidual', { x: input, bias: parameter('bias'), residual: input }, {}, ['y']).y,
          };
        },
        seeds: { y: dY },
      },
      outputs: { y: { values: biasResidual(x.values, bias.values, x.values), terms: 1 } },
      gradients: { x: { values: plus(dY, dY), terms: 1 }, bias: dBias },
    },
    {
      // x and the residual go on to another consumer each: what is added to one must not show in the other, nor in the bias.
      name: `${label(size)} and then each again`,
      run: {
        parameters: { x, r, bias },
        build: ({ trace, leaf, parameter }) => {
          const [input, residual] = [leaf('x'), leaf('r')];
          return {
            u: trace.apply('activation', { x: input }, { activation: 'relu' }, ['y']).y,
            v: trace.apply('activation', { x: residual }, { activation: 'silu' }, ['y']).y,
            y: trace.apply('biasResidual', { x: input, bias: parameter('bias'), residual }, {}, ['y']).y,
          };
        },
        seeds: { y: dY, u: x.values, v: r.values },
      },
      outputs: { y: { values: biasResidual(x.values, bias.values, r.values), terms: 1 } },
      gradients: {
        x: { values: plus(dY, activationBackward('relu', x.values, x.values)), terms: 1 },
        r: { values: plus(dY, activationBackward('silu', r.values, r.values)), terms: 1, factor: EXP },
        bias: dBias,
      },
    },
  ];
}

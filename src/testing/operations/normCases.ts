// Cases of layer norm and RMS norm. Test-only.

import { headNorm, headNormBackward } from '../../reference/headNorm';
import { layerNorm, layerNormBackward } from '../../reference/layerNorm';
import { rmsNorm, rmsNormBackward } from '../../reference/rmsNorm';
import { randomValues } from '../randomValues';
import { type Expected, label, matrix, type OperationCase, type Size } from './operationCase';

const EPSILON = 1e-5;

export function normCases(size: Size, kind: 'layerNorm' | 'rmsNorm'): OperationCase {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const weight = matrix('weight', columns);
  const bias = matrix('bias', columns);
  const dY = randomValues('dY', rows * columns);
  const twin = { x: x.values, weight: weight.values, bias: bias.values, rows, channels: columns, epsilon: EPSILON };
  // Gradients of a norm subtract means of products.
  const expected = (values: Float64Array, terms: number): Expected => ({ values, terms, factor: 4, absolute: 1e-6 });
  if (kind === 'rmsNorm') {
    const { dX, dWeight } = rmsNormBackward(twin, dY);
    return {
      name: label(size),
      run: {
        parameters: { x, weight },
        build: ({ trace, leaf, parameter }) => ({
          y: trace.apply('rmsNorm', { x: leaf('x'), weight: parameter('weight') }, { epsilon: EPSILON }, ['y']).y,
        }),
        seeds: { y: dY },
      },
      outputs: { y: expected(rmsNorm(twin).out, columns) },
      gradients: { x: expected(dX, columns), weight: expected(dWeight, rows) },
    };
  }
  const { dX, dWeight, dBias } = layerNormBackward(twin, dY);
  return {
    name: label(size),
    run: {
      parameters: { x, weight, bias },
      build: ({ trace, leaf, parameter }) => {
        const inputs = { x: leaf('x'), weight: parameter('weight'), bias: parameter('bias') };
        return { y: trace.apply('layerNorm', inputs, { epsilon: EPSILON }, ['y']).y };
      },
      seeds: { y: dY },
    },
    outputs: { y: expected(layerNorm(twin).out, columns) },
    gradients: { x: expected(dX, columns), weight: expected(dWeight, rows), bias: expected(dBias, rows) },
  };
}

export function headNormCases(): OperationCase[] {
  const shapes = [
    { rows: 1, heads: 1, kvHeads: 1, headDim: 1 },
    { rows: 7, heads: 6, kvHeads: 2, headDim: 5 },
    { rows: 66, heads: 4, kvHeads: 1, headDim: 16 },
  ];
  return shapes.map(({ rows, heads, kvHeads, headDim }) => {
    const qkv = matrix('qkv', rows, (heads + 2 * kvHeads) * headDim);
    const query = matrix('query', headDim);
    const key = matrix('key', headDim);
    const dY = randomValues('dY', qkv.values.length);
    const attributes = { heads, kvHeads, epsilon: EPSILON };
    const twin = { qkv: qkv.values, queryWeight: query.values, keyWeight: key.values, ...attributes };
    const { dQkv, dQueryWeight, dKeyWeight } = headNormBackward(twin, dY);
    const expected = (values: Float64Array, terms: number): Expected => ({ values, terms, factor: 4, absolute: 1e-6 });
    return {
      name: `${rows} of ${heads}/${kvHeads} heads of ${headDim}`,
      run: {
        parameters: { qkv, query, key },
        build: ({ trace, leaf, parameter }) => {
          const inputs = { qkv: leaf('qkv'), queryWeight: parameter('query'), keyWeight: parameter('key') };
          return { y: trace.apply('headNorm', inputs, attributes, ['y']).y };
        },
        seeds: { y: dY },
      },
      outputs: { y: expected(headNorm(twin), headDim) },
      gradients: {
        qkv: expected(dQkv, headDim),
        query: expected(dQueryWeight, rows * heads),
        key: expected(dKeyWeight, rows * kvHeads),
      },
    };
  });
}

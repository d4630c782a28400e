// Cases of layer norm and RMS norm. Test-only.

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

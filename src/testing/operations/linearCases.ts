// Cases of the linear layer in both layouts, activated and with a residual. Test-only.

import type { Tensor } from '../../gpu/graph';
import { activation, activationBackward } from '../../reference/activation';
import { type LinearShape, linear, linearDBias, linearDInput, linearDWeight } from '../../reference/linear';
import { randomValues } from '../randomValues';
import { EXP, type Expected, matrix, type OperationCase, plus, SIZES, type Size } from './operationCase';

const PLAIN = { activation: null, xActivation: null } as const;

export function linearCases({ rows, columns }: Size): OperationCase[] {
  const out = columns === 64 ? 96 : columns + 2;
  const x = matrix('x', rows, columns);
  const bias = matrix('bias', out);
  const r = matrix('r', rows, out);
  const dY = randomValues('dY', rows * out);
  const cases: OperationCase[] = [];
  for (const layout of ['conv1d', 'linear'] as const) {
    const weight = layout === 'conv1d' ? matrix('weight', columns, out) : matrix('weight', out, columns);
    const shape: LinearShape = {
      rows,
      inFeatures: columns,
      outFeatures: out,
      layout: layout === 'conv1d' ? 'inOut' : 'outIn',
    };
    const pre = linear(shape, x.values, weight.values, bias.values);
    const dPre = activationBackward('gelu_new', pre, dY);
    const inputsOf = (leaf: (name: string) => Tensor, parameter: (name: string) => Tensor) => ({
      x: leaf('x'),
      weight: parameter('weight'),
      bias: parameter('bias'),
      residual: undefined,
      xPre: undefined,
    });
    const gradientsOf = (d: Float64Array): Record<string, Expected> => ({
      x: { values: linearDInput(shape, d, weight.values), terms: out },
      weight: { values: linearDWeight(shape, d, x.values), terms: rows },
      bias: { values: linearDBias(shape, d), terms: rows },
    });
    cases.push({
      name: `${layout} ${rows}x${columns}x${out} activated`,
      run: {
        parameters: { x, weight, bias },
        build: ({ trace, leaf, parameter }) => ({
          y: trace.apply('linear', inputsOf(leaf, parameter), { layout, activation: 'gelu_new', xActivation: null }, [
            'y',
          ]).y,
        }),
        seeds: { y: dY },
      },
      outputs: { y: { values: activation('gelu_new', pre), terms: columns, factor: EXP } },
      gradients: gradientsOf(dPre),
    });
    // One size for the second form: a software adapter takes seconds to compile a tiled product.
    if (rows === SIZES[1].rows)
      cases.push({
        name: `${layout} ${rows}x${columns}x${out} with residual`,
        run: {
          parameters: { x, weight, bias, r },
          build: ({ trace, leaf, parameter }) => ({
            y: trace.apply('linear', { ...inputsOf(leaf, parameter), residual: leaf('r') }, { layout, ...PLAIN }, ['y'])
              .y,
          }),
          seeds: { y: dY },
        },
        outputs: { y: { values: plus(pre, r.values), terms: columns } },
        gradients: { ...gradientsOf(dY), r: { values: dY, terms: 1 } },
      });
  }
  return cases;
}

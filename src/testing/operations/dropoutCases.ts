// Cases of dropout: with a residual, onto itself, and for a run of the stream's rows. Test-only.

import { dropout, dropoutBackward, dropoutMask } from '../../reference/dropout';
import { randomValues } from '../randomValues';
import { label, matrix, type OperationCase, plus, type Size, STEP } from './operationCase';

export function dropoutCases(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const r = matrix('r', rows, columns);
  const dY = randomValues('dY', rows * columns);
  const mask = dropoutMask(STEP.seed, 9, STEP.step, rows * columns, 0.3);
  const firstOfRun = (2 * (rows + 9) + 7) * columns;
  const runMask = dropoutMask(STEP.seed, 9, STEP.step, rows * columns, 0.3, firstOfRun);
  const attributes = { probability: 0.3, tag: 9, tokensPerSequence: rows };
  return [
    {
      name: `${label(size)} with residual`,
      run: {
        parameters: { x, r },
        build: ({ trace, leaf }) => ({
          y: trace.apply('dropout', { x: leaf('x'), residual: leaf('r') }, attributes, ['y']).y,
        }),
        seeds: { y: dY },
        step: STEP,
      },
      outputs: { y: { values: plus(dropout(x.values, mask), r.values), terms: 1 } },
      gradients: { x: { values: dropoutBackward(dY, mask), terms: 1 }, r: { values: dY, terms: 1 } },
    },
    {
      name: `${label(size)} onto itself`,
      run: {
        parameters: { x },
        build: ({ trace, leaf }) => {
          const input = leaf('x');
          return { y: trace.apply('dropout', { x: input, residual: input }, attributes, ['y']).y };
        },
        seeds: { y: dY },
        step: STEP,
      },
      outputs: { y: { values: plus(dropout(x.values, mask), x.values), terms: 1 } },
      gradients: { x: { values: plus(dropoutBackward(dY, mask), dY), terms: 1 } },
    },
    {
      // A rank that holds these rows of a longer stream, in a micro-batch that is not the first.
      name: `${label(size)} from row 7`,
      run: {
        parameters: { x },
        build: ({ trace, leaf }) => {
          const run = { ...attributes, tokensPerSequence: rows + 9, firstRow: 7 };
          return { y: trace.apply('dropout', { x: leaf('x'), residual: undefined }, run, ['y']).y };
        },
        seeds: { y: dY },
        step: { ...STEP, firstRow: 2 },
      },
      outputs: { y: { values: dropout(x.values, runMask), terms: 1 } },
      gradients: { x: { values: dropoutBackward(dY, runMask), terms: 1 } },
    },
  ];
}

// Cases of what moves whole rows or columns: the first row of each sequence, and the transposition. Test-only.

import { randomValues } from '../randomValues';
import { label, matrix, type OperationCase, type Size } from './operationCase';

export function firstRowsCases({ rows, columns }: Size): OperationCase[] {
  return [1, 3].map((stride) => {
    const x = matrix('x', rows * stride, columns);
    const dY = randomValues('dY', rows * columns);
    const place = (i: number): number => Math.floor(i / columns) * stride * columns + (i % columns);
    const dX = new Float64Array(x.values.length);
    dY.forEach((value, i) => {
      dX[place(i)] = value;
    });
    return {
      name: `${rows} of ${stride} x${columns}`,
      run: {
        parameters: { x },
        build: ({ trace, leaf }) => ({ y: trace.apply('firstRows', { x: leaf('x') }, { stride }, ['y']).y }),
        seeds: { y: dY },
      },
      outputs: { y: { values: dY.map((_, i) => x.values[place(i)]), terms: 1 } },
      gradients: { x: { values: dX, terms: 1 } },
    };
  });
}

function transposed(x: Float64Array, columns: number): Float64Array {
  const rows = x.length / columns;
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
}

export function transposeCases(size: Size): OperationCase {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const dY = randomValues('dY', rows * columns);
  return {
    name: label(size),
    run: {
      parameters: { x },
      build: ({ trace, leaf }) => ({ y: trace.apply('transpose', { x: leaf('x') }, {}, ['y']).y }),
      seeds: { y: dY },
    },
    outputs: { y: { values: transposed(x.values, columns), terms: 1 } },
    gradients: { x: { values: transposed(dY, rows), terms: 1 } },
  };
}

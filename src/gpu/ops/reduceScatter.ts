// y is this rank's rows of the sum of the ranks' x; its gradient is joined again (all-gather). Megatron's sequence parallelism leaves a
// row-parallel layer this way (Korthikanti et al. 2022, section 4.2.2). It saves nothing.

import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { partCounts, type RowParts } from './allGather';

export interface ReduceScatterTypes {
  /** [all rows, ...], one summand. */
  readonly inputs: { readonly x: Tensor };
  readonly attributes: RowParts;
  readonly outputs: { /** [own rows, ...] */ readonly y: Tensor };
}

export const reduceScatter: Operation<ReduceScatterTypes> = {
  outputs(make, { x }, { rows, index }) {
    requireShape(
      x.shape[0] === rows.reduce((sum, count) => sum + count, 0),
      'reduceScatter',
      `x is [${x.shape}] for rows [${rows}]`,
    );
    return { y: make('y', [rows[index], ...x.shape.slice(1)]) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    const counts = partCounts(attributes.rows, inputs.x.shape);
    emit.collective('reduceScatter', 'scatter', counts, { input: inputs.x, output: outputs.y });
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    const counts = partCounts(attributes.rows, inputs.x.shape);
    emit.contribute(inputs.x, (dX) => emit.collective('allGather', 'd_scatter', counts, { input: dY, output: dX }));
  },
};

// y joins the ranks' x along dim 0; its gradient is summed over the ranks and each keeps its own part (reduce-scatter). Megatron's sequence
// parallelism goes into a column-parallel layer this way (Korthikanti et al. 2022, section 4.2.2). It saves nothing.

import { elementCount, type Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';

/** How dim 0 is divided over the ranks of a group. */
export interface RowParts {
  /** Rows of each rank's part, in order of the group. */
  readonly rows: readonly number[];
  /** This rank's place in the group. */
  readonly index: number;
}

export interface AllGatherTypes {
  /** [own rows, ...] */
  readonly inputs: { readonly x: Tensor };
  readonly attributes: RowParts;
  readonly outputs: { /** [all rows, ...] */ readonly y: Tensor };
}

/** Elements of each part, where a row has the shape of x's rows. */
export function partCounts(rows: readonly number[], shape: readonly number[]): number[] {
  const width = elementCount(shape.slice(1));
  return rows.map((count) => count * width);
}

export const allGather: Operation<AllGatherTypes> = {
  outputs(make, { x }, { rows, index }) {
    requireShape(x.shape[0] === rows[index], 'allGather', `x is [${x.shape}], part ${index} of rows [${rows}]`);
    return { y: make('y', [rows.reduce((sum, count) => sum + count, 0), ...x.shape.slice(1)], x.type) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    const counts = partCounts(attributes.rows, inputs.x.shape);
    emit.collective('allGather', 'gather', counts, { input: inputs.x, output: outputs.y });
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dY = emit.gradientOf(outputs.y);
    if (!dY) return;
    const counts = partCounts(attributes.rows, inputs.x.shape);
    emit.contribute(inputs.x, (dX) => emit.collective('reduceScatter', 'd_gather', counts, { input: dY, output: dX }));
  },
};

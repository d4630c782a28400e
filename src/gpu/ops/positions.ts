// y = x + the learned vector of each row's position, for a run of rows of the stream [N, C] that may begin within a sequence: what a rank
// holds where the stream is sharded by rows (Korthikanti et al. 2022, section 4.2.2). Saves nothing.

import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { type PositionsProblem, planEmbeddingBackwardPosition } from '../plans/embedding';
import { planPositions } from '../plans/positions';

export interface PositionsTypes {
  readonly inputs: {
    /** [rows, C] */
    readonly x: Tensor;
    /** [P, C], P at least tokensPerSequence. */
    readonly table: Tensor;
  };
  readonly attributes: {
    readonly tokensPerSequence: number;
    /** The row of the micro-batch's stream [N, C] that row 0 of x is. */
    readonly firstRow: number;
  };
  readonly outputs: { readonly y: Tensor };
}

function problemOf(x: Tensor, { tokensPerSequence, firstRow }: PositionsTypes['attributes']): PositionsProblem {
  return { rows: x.shape[0], columns: x.shape[1], tokens: tokensPerSequence, firstRow };
}

export const positions: Operation<PositionsTypes> = {
  outputs(make, { x, table }, { tokensPerSequence, firstRow }) {
    requireShape(
      x.shape.length === 2 && x.shape[1] === table.shape[1] && table.shape[0] >= tokensPerSequence && firstRow >= 0,
      'positions',
      `x is [${x.shape}] from row ${firstRow}, table [${table.shape}], sequences of ${tokensPerSequence}`,
    );
    return { y: make('y', x.shape) };
  },
  forward(emit, { inputs: { x, table }, outputs: { y }, attributes }) {
    for (const dispatch of planPositions(problemOf(x, attributes), emit.choices.family))
      emit.call('forward', dispatch, { x, wpe: table, y });
  },
  backward(emit, { inputs: { x, table }, outputs: { y }, attributes }) {
    const dY = emit.gradientOf(y);
    if (!dY) return;
    const dispatches = emit.wants(table)
      ? planEmbeddingBackwardPosition(problemOf(x, attributes), emit.choices.family)
      : [];
    for (const dispatch of dispatches)
      emit.call('d_positions', dispatch, { d_x: dY, d_wpe: emit.parameterGradient(table) });
    // Last: afterwards x's consumers may add to dY in place.
    emit.pass(x, dY);
  },
};

// Rows of the token table, plus learned positions. The gradient gathers over an index of the batch by token instead of scattering, so that
// sums have a fixed order without float atomics.

import { LabError } from '../../core/errors';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import {
  type EmbeddingProblem,
  planEmbeddingBackwardPosition,
  planEmbeddingBackwardToken,
  planEmbeddingForward,
} from '../plans/embedding';

export interface EmbeddingTypes {
  readonly inputs: {
    /** u32 [N] */
    readonly tokens: Tensor;
    /** [V, C] */
    readonly table: Tensor;
    /** [P, C]; row t of a sequence gets position t. */
    readonly positions: Tensor | undefined;
    /** From buildTokenIndex: rows sorted by token [N], and where each token's rows start [V + 1]. Needed for the gradient. */
    readonly order: Tensor | undefined;
    readonly starts: Tensor | undefined;
  };
  readonly attributes: { readonly tokensPerSequence: number };
  readonly outputs: { /** [N, C] */ readonly x: Tensor };
}

function problemOf(
  { tokens, table, positions }: EmbeddingTypes['inputs'],
  tokensPerSequence: number,
): EmbeddingProblem {
  return {
    batch: tokens.shape[0] / tokensPerSequence,
    tokens: tokensPerSequence,
    columns: table.shape[1],
    vocabulary: table.shape[0],
    positions: positions !== undefined,
  };
}

export const embedding: Operation<EmbeddingTypes> = {
  outputs(make, { tokens, table, positions }, { tokensPerSequence }) {
    requireShape(
      tokens.shape[0] % tokensPerSequence === 0,
      'embedding',
      `${tokens.shape[0]} tokens do not divide into sequences of ${tokensPerSequence}`,
    );
    requireShape(
      !positions || positions.shape[0] >= tokensPerSequence,
      'embedding',
      `${positions?.shape[0]} positions for sequences of ${tokensPerSequence}`,
    );
    return { x: make('x', [tokens.shape[0], table.shape[1]]) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    const { tokens, table, positions: wpe } = inputs;
    const codes = emit.quantized(table);
    const bindings = { tokens, wte: codes?.codes ?? table, wte_scales: codes?.scales, wpe, x: outputs.x };
    const problem = problemOf(inputs, attributes.tokensPerSequence);
    for (const dispatch of planEmbeddingForward(problem, emit.choices.family, undefined, codes?.layout))
      emit.call('forward', dispatch, bindings);
  },
  backward(emit, { inputs, outputs, attributes }) {
    const dX = emit.gradientOf(outputs.x);
    if (!dX) return;
    const { order, starts, table, positions } = inputs;
    if (!order || !starts)
      throw new LabError({ code: 'internal', message: 'The embedding gradient needs the batch indexed by token' });
    const problem = problemOf(inputs, attributes.tokensPerSequence);
    const bindings = { order, starts, d_x: dX, d_wte: emit.parameterGradient(table) };
    for (const dispatch of planEmbeddingBackwardToken(problem, emit.choices.family))
      emit.call('d_table', dispatch, bindings);
    if (!positions) return;
    const run = { ...problem, rows: problem.batch * problem.tokens, firstRow: 0 };
    for (const dispatch of planEmbeddingBackwardPosition(run, emit.choices.family)) {
      emit.call('d_positions', dispatch, { d_x: dX, d_wpe: emit.parameterGradient(positions) });
    }
  },
};

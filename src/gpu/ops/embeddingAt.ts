// Rows of the token table plus the learned positions of texts that each go on from a place of their own: what generation embeds.

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation, requireShape } from '../operation';
import { planEmbeddingForward } from '../plans/embedding';

export interface EmbeddingAtTypes {
  readonly inputs: {
    /** u32 [B * T] */
    readonly tokens: Tensor;
    /** [V, C] */
    readonly table: Tensor;
    /** [P, C]; row t of text b gets position first[b] + step.position + t. */
    readonly positions: Tensor;
    /** u32 [B] */
    readonly firstPositions: Tensor;
  };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: { /** [B * T, C] */ readonly x: Tensor };
}

export const embeddingAt: Operation<EmbeddingAtTypes> = {
  outputs(make, { tokens, table, firstPositions }) {
    requireShape(
      tokens.shape[0] % firstPositions.shape[0] === 0,
      'embeddingAt',
      `${tokens.shape[0]} tokens do not divide into ${firstPositions.shape[0]} texts`,
    );
    return { x: make('x', [tokens.shape[0], table.shape[1]]) };
  },
  forward(emit, { inputs: { tokens, table, positions, firstPositions }, outputs: { x } }) {
    const batch = firstPositions.shape[0];
    const problem = {
      batch,
      tokens: tokens.shape[0] / batch,
      columns: table.shape[1],
      vocabulary: table.shape[0],
      positions: true,
    };
    const codes = emit.quantized(table);
    const bindings = { tokens, wte: codes?.codes ?? table, wte_scales: codes?.scales, wpe: positions, x };
    const { family } = emit.choices;
    for (const dispatch of planEmbeddingForward(problem, family, positions.shape[0], codes?.layout))
      emit.call('forward', dispatch, { ...bindings, first_positions: firstPositions });
  },
  backward: nonDifferentiable('generation goes on texts and never trains through it'),
};

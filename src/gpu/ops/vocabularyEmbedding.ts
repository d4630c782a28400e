// Rows of a shard of the token table, zeros for tokens of other shards: what the sum over the ranks makes an embedding (Shoeybi et al. 2019,
// section 3). Without positions: they are added once, after the sum. The gradient gathers over an index of the shard's tokens.

import { LabError } from '../../core/errors';
import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planEmbeddingBackwardToken } from '../plans/embedding';
import { planVocabularyEmbedding } from '../plans/vocabularyEmbedding';

export interface VocabularyEmbeddingTypes {
  readonly inputs: {
    /** u32 [N], ids of the whole vocabulary. */
    readonly tokens: Tensor;
    /** [V, C]: the rows of tokens firstToken to firstToken + V - 1. */
    readonly table: Tensor;
    /** From buildTokenIndex with this shard: [N] and [V + 1]. Needed for the gradient. */
    readonly order: Tensor | undefined;
    readonly starts: Tensor | undefined;
  };
  readonly attributes: { readonly firstToken: number };
  readonly outputs: { /** [N, C] */ readonly x: Tensor };
}

export const vocabularyEmbedding: Operation<VocabularyEmbeddingTypes> = {
  outputs(make, { tokens, table, starts }) {
    const [vocabulary, columns] = table.shape;
    requireShape(
      table.shape.length === 2 && vocabulary >= 1,
      'vocabularyEmbedding',
      `a shard of the table is [${table.shape}], needs at least one row`,
    );
    requireShape(
      !starts || starts.shape[0] === vocabulary + 1,
      'vocabularyEmbedding',
      `starts is [${starts?.shape}] for ${vocabulary} rows`,
    );
    return { x: make('x', [tokens.shape[0], columns]) };
  },
  forward(emit, { inputs: { tokens, table }, outputs: { x }, attributes: { firstToken } }) {
    const [rows, columns] = x.shape;
    for (const dispatch of planVocabularyEmbedding(
      { rows, columns, vocabulary: table.shape[0], firstToken },
      emit.choices.family,
    ))
      emit.call('forward', dispatch, { tokens, table, x });
  },
  backward(emit, { inputs: { table, order, starts }, outputs }) {
    const dX = emit.gradientOf(outputs.x);
    if (!dX) return;
    if (!order || !starts)
      throw new LabError({ code: 'internal', message: 'The embedding gradient needs the batch indexed by token' });
    const [rows, columns] = outputs.x.shape;
    const bindings = { order, starts, d_x: dX, d_wte: emit.parameterGradient(table) };
    for (const dispatch of planEmbeddingBackwardToken(
      { batch: 1, tokens: rows, columns, vocabulary: table.shape[0], positions: false },
      emit.choices.family,
    ))
      emit.call('d_table', dispatch, bindings);
  },
};

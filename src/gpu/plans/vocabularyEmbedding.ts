// Plans the look-up in a shard of the token table. Its gradient is planned in embedding.ts, over an index of the shard's tokens.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

export interface VocabularyEmbeddingProblem {
  readonly rows: number;
  readonly columns: number;
  /** Rows of the shard, at least 1. */
  readonly vocabulary: number;
  /** The token whose vector is the shard's first row. */
  readonly firstToken: number;
}

/** Tensors: tokens (u32), table, x. */
export function planVocabularyEmbedding(
  { rows, columns, vocabulary, firstToken }: VocabularyEmbeddingProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const count = rows * columns;
  const { vec4, overrides, workgroups } = planElementwise(count, family, columns);
  return [
    {
      kernel: 'vocabulary_embedding',
      flags: { VEC4: vec4 },
      overrides,
      params: { count, columns, vocabulary, first_token: firstToken },
      workgroups,
      flops: 0,
      bytes: 4 * (2 * count + rows),
    },
  ];
}

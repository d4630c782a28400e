// The index by which the embedding's gradient gathers: which rows hold each token. Built on the CPU for every batch.
// Pure; with `into` it allocates nothing.

import type { Span } from '../../core/partition';

export interface TokenIndex {
  /** [N]: row numbers sorted by token, rows of one token in their own order; those of tokens outside the shard are left out, 0 at the end. */
  readonly order: Uint32Array;
  /** [V + 1], V the shard's: the rows of its token v stand at starts[v] .. starts[v + 1]. */
  readonly starts: Uint32Array;
}

/**
 * Counting sort of rows by token: O(N + V).
 * @param vocabulary of the whole table
 * @param into arrays of N and V + 1 elements to fill instead of new ones
 * @param shard the tokens whose rows are wanted; all where not given
 * @param untrained a token whose rows are left out
 * @throws RangeError for a token outside the vocabulary, or arrays that do not fit
 */
export function buildTokenIndex(
  tokens: Uint32Array,
  vocabulary: number,
  into?: TokenIndex,
  shard: Span = { start: 0, length: vocabulary },
  untrained: number | null = null,
): TokenIndex {
  const { start: first, length: local } = shard;
  const { order, starts } = into ?? { order: new Uint32Array(tokens.length), starts: new Uint32Array(local + 1) };
  if (order.length !== tokens.length || starts.length !== local + 1) {
    throw new RangeError(
      `buildTokenIndex: needs ${tokens.length} and ${local + 1} elements, got ${order.length} and ${starts.length}`,
    );
  }
  starts.fill(0);
  for (let row = 0; row < tokens.length; row++) {
    const token = tokens[row];
    if (token >= vocabulary)
      throw new RangeError(`buildTokenIndex: token ${token} of row ${row} is not in 0..${vocabulary - 1}`);
    if (token >= first && token < first + local && token !== untrained) starts[token - first + 1]++;
  }
  for (let token = 0; token < local; token++) starts[token + 1] += starts[token];
  order.fill(0, starts[local]);
  // starts[v] walks to the end of v's rows, which is where v + 1 begins: shifting by one afterwards restores it.
  for (let row = 0; row < tokens.length; row++) {
    const token = tokens[row];
    if (token >= first && token < first + local && token !== untrained) order[starts[token - first]++] = row;
  }
  starts.copyWithin(1, 0, local);
  starts[0] = 0;
  return { order, starts };
}

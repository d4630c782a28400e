// The index by which the embedding's gradient gathers: which rows hold each token. Built on the CPU for every batch.
// Pure; with `into` it allocates nothing.

export interface TokenIndex {
  /** [N]: row numbers sorted by token, rows of one token in their own order. */
  readonly order: Uint32Array;
  /** [V + 1]: the rows of token v stand at starts[v] .. starts[v + 1]. */
  readonly starts: Uint32Array;
}

/**
 * Counting sort of rows by token: O(N + V).
 * @param into arrays of N and V + 1 elements to fill instead of new ones
 * @throws RangeError for a token outside the vocabulary, or arrays that do not fit
 */
export function buildTokenIndex(tokens: Uint32Array, vocabulary: number, into?: TokenIndex): TokenIndex {
  const { order, starts } = into ?? { order: new Uint32Array(tokens.length), starts: new Uint32Array(vocabulary + 1) };
  if (order.length !== tokens.length || starts.length !== vocabulary + 1) {
    throw new RangeError(
      `buildTokenIndex: needs ${tokens.length} and ${vocabulary + 1} elements, got ${order.length} and ${starts.length}`,
    );
  }
  starts.fill(0);
  for (let row = 0; row < tokens.length; row++) {
    const token = tokens[row];
    if (token >= vocabulary)
      throw new RangeError(`buildTokenIndex: token ${token} of row ${row} is not in 0..${vocabulary - 1}`);
    starts[token + 1]++;
  }
  for (let token = 0; token < vocabulary; token++) starts[token + 1] += starts[token];
  // starts[v] walks to the end of v's rows, which is where v + 1 begins: shifting by one afterwards restores it.
  for (let row = 0; row < tokens.length; row++) order[starts[tokens[row]]++] = row;
  starts.copyWithin(1, 0, vocabulary);
  starts[0] = 0;
  return { order, starts };
}

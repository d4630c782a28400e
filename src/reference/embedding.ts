// Token and position embedding in float64: a gather forward, a scatter-add backward.
// The GPU gathers in the backward instead; this is the plain version that it must equal.

export interface EmbeddingInput {
  /** [N], each below vocabulary. */
  readonly tokens: Int32Array;
  /** [V, C] */
  readonly tokenTable: Float64Array;
  /** [P, C] and, for each of the N tokens, its position below P. Both or neither. */
  readonly position?: { readonly table: Float64Array; readonly indices: Int32Array };
  readonly channels: number;
}

/** out [N, C] = tokenTable[token] + positionTable[position]. RangeError for an index outside its table. */
export function embedding({ tokens, tokenTable, position, channels }: EmbeddingInput): Float64Array {
  const out = new Float64Array(tokens.length * channels);
  for (let n = 0; n < tokens.length; n++) {
    const from = rowStart('token', tokens[n], tokenTable, channels);
    for (let c = 0; c < channels; c++) out[n * channels + c] = tokenTable[from + c];
    if (!position) continue;
    const place = rowStart('position', position.indices[n], position.table, channels);
    for (let c = 0; c < channels; c++) out[n * channels + c] += position.table[place + c];
  }
  return out;
}

/** dTokenTable [V, C] and, if there are positions, dPositionTable [P, C]; rows that nobody used stay exactly 0. */
export function embeddingBackward(
  { tokens, tokenTable, position, channels }: EmbeddingInput,
  dOut: Float64Array,
): { dTokenTable: Float64Array; dPositionTable: Float64Array | null } {
  const dTokenTable = new Float64Array(tokenTable.length);
  const dPositionTable = position ? new Float64Array(position.table.length) : null;
  for (let n = 0; n < tokens.length; n++) {
    const into = tokens[n] * channels;
    for (let c = 0; c < channels; c++) dTokenTable[into + c] += dOut[n * channels + c];
    if (!position || !dPositionTable) continue;
    const place = position.indices[n] * channels;
    for (let c = 0; c < channels; c++) dPositionTable[place + c] += dOut[n * channels + c];
  }
  return { dTokenTable, dPositionTable };
}

/** [N] positions 0..tokens-1, again for each sequence. */
export function sequencePositions(batch: number, tokens: number): Int32Array {
  return Int32Array.from({ length: batch * tokens }, (_, n) => n % tokens);
}

/**
 * [N] positions of RoBERTa (transformers' create_position_ids_from_input_ids): a token's is the padding's plus how many tokens of its sequence
 * up to it, itself among them, are no padding; padding has its own.
 */
export function paddedPositions(ids: Int32Array, tokens: number, padding: number): Int32Array {
  return ids.map((id, n) => {
    if (id === padding) return padding;
    const before = ids.subarray(n - (n % tokens), n + 1);
    return padding + before.filter((each) => each !== padding).length;
  });
}

function rowStart(kind: string, index: number, table: Float64Array, channels: number): number {
  const rows = table.length / channels;
  if (!(index >= 0 && index < rows)) throw new RangeError(`embedding: ${kind} ${index} is not in 0..${rows - 1}`);
  return index * channels;
}

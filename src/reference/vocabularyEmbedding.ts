// Rows of a shard of the token table in float64. The sum over all shards is the embedding without positions: embedding.ts judges that.

export interface VocabularyEmbeddingInput {
  /** [N], ids of the whole vocabulary. */
  readonly tokens: Int32Array;
  /** [V, C]: the rows of tokens firstToken to firstToken + V - 1; V at least 1. */
  readonly table: Float64Array;
  readonly firstToken: number;
  readonly channels: number;
}

/** out [N, C] = table[token - firstToken]; zeros for a token of another shard. Source: Shoeybi et al. 2019, section 3. */
export function vocabularyEmbedding(input: VocabularyEmbeddingInput): Float64Array {
  const { tokens, table, channels } = input;
  const out = new Float64Array(tokens.length * channels);
  for (let n = 0; n < tokens.length; n++) {
    const row = localRow(input, tokens[n]);
    if (row === null) continue;
    for (let c = 0; c < channels; c++) out[n * channels + c] = table[row * channels + c];
  }
  return out;
}

/** dTable [V, C]; rows that nobody used stay exactly 0. */
export function vocabularyEmbeddingBackward(input: VocabularyEmbeddingInput, dOut: Float64Array): Float64Array {
  const { tokens, table, channels } = input;
  const dTable = new Float64Array(table.length);
  for (let n = 0; n < tokens.length; n++) {
    const row = localRow(input, tokens[n]);
    if (row === null) continue;
    for (let c = 0; c < channels; c++) dTable[row * channels + c] += dOut[n * channels + c];
  }
  return dTable;
}

function localRow({ table, firstToken, channels }: VocabularyEmbeddingInput, token: number): number | null {
  const row = token - firstToken;
  return row >= 0 && row < table.length / channels ? row : null;
}

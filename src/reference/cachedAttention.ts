// Attention over cached keys and values in float64, with the whole row of probabilities in memory: the judge of attention_cached.wgsl, and
// of the cache's layout.

/** Rows [B, T] that go on texts; row (b, t) stands at firstPositions[b] + t and sees its text up to itself. */
export interface CachedAttentionInput {
  /** [B*T, (Hq + 2 Hkv) D]: a row holds its query heads, then its key heads, then its value heads. */
  readonly qkv: Float64Array;
  /** [B, capacity, 2 Hkv D]: a row holds its key heads, then its value heads. */
  readonly cache: Float64Array;
  readonly firstPositions: Uint32Array;
  readonly tokens: number;
  readonly heads: number;
  /** Divides heads. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly capacity: number;
  /** Keys that a row sees, itself and those before it; all of them where left out. */
  readonly window?: number;
}

/** The cache with the rows' keys and values at their places; rows beyond the capacity are left out. */
export function appendKeyValue(input: CachedAttentionInput): Float64Array {
  const { qkv, firstPositions, tokens, heads, kvHeads, headDim, capacity } = input;
  const cache = input.cache.slice();
  const width = 2 * kvHeads * headDim;
  const rowWidth = heads * headDim + width;
  firstPositions.forEach((first, b) => {
    for (let t = 0; t < tokens; t++) {
      const row = b * tokens + t;
      if (first + t < capacity)
        cache.set(qkv.subarray((row + 1) * rowWidth - width, (row + 1) * rowWidth), (b * capacity + first + t) * width);
    }
  });
  return cache;
}

/** out [B*T, Hq D] = softmax(q K^T / sqrt(D)) V, head by head, over `cache` as it is. Source: Vaswani et al. 2017, eq. 1. */
export function cachedAttention(input: CachedAttentionInput): Float64Array {
  const { qkv, cache, firstPositions, tokens, heads, kvHeads, headDim, capacity, window = Infinity } = input;
  const width = 2 * kvHeads * headDim;
  const out = new Float64Array(firstPositions.length * tokens * heads * headDim);
  for (let row = 0; row < firstPositions.length * tokens; row++) {
    const b = Math.floor(row / tokens);
    const keys = Math.min(firstPositions[b] + (row % tokens) + 1, capacity);
    for (let head = 0; head < heads; head++) {
      const query = row * (heads * headDim + width) + head * headDim;
      const kvHead = Math.floor((head * kvHeads) / heads);
      const keyOf = (key: number): number => (b * capacity + key) * width + kvHead * headDim;
      const first = Math.max(0, keys - window);
      const scores = Array.from({ length: keys - first }, (_, i) => {
        const key = first + i;
        let sum = 0;
        for (let d = 0; d < headDim; d++) sum += qkv[query + d] * cache[keyOf(key) + d];
        return sum / Math.sqrt(headDim);
      });
      const max = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - max), 0);
      scores.forEach((score, i) => {
        const key = first + i;
        const probability = Math.exp(score - max) / total;
        for (let d = 0; d < headDim; d++)
          out[(row * heads + head) * headDim + d] += probability * cache[keyOf(key) + kvHeads * headDim + d];
      });
    }
  }
  return out;
}

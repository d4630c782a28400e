// Attention over cached keys and values in float64, with the whole row of probabilities in memory: the judge of attention_cached.wgsl and
// attention_merge.wgsl, and of the cache's layout.

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

/** Attention of each row's head over each span of its keys alone. */
export interface AttentionSpans {
  /** [B*T, Hq, S, D]: sums of values, weighted by e^(score - m). */
  readonly parts: Float64Array;
  /** [B*T, Hq, S, 2]: the largest score m, and the sum of e^(score - m); LOWEST_SCORE and 0 of a span without keys. */
  readonly statistics: Float64Array;
}

export const LOWEST_SCORE = -1e38;

/**
 * Shares each row's keys out over `spans` in order, all but the last ones ceil(keys / (spans unit)) unit keys long. Source: flash-decoding, Dao et al. 2023.
 */
export function cachedAttentionSpans(input: CachedAttentionInput, spans: number, unit: number): AttentionSpans {
  const { qkv, cache, firstPositions, tokens, heads, kvHeads, headDim, capacity, window = Infinity } = input;
  const width = 2 * kvHeads * headDim;
  const items = firstPositions.length * tokens * heads * spans;
  const parts = new Float64Array(items * headDim);
  const statistics = new Float64Array(items * 2);
  for (let item = 0; item < items; item++) {
    const pair = Math.floor(item / spans);
    const row = Math.floor(pair / heads);
    const b = Math.floor(row / tokens);
    const end = Math.min(firstPositions[b] + (row % tokens) + 1, capacity);
    const start = Math.max(0, end - window);
    const length = Math.ceil((end - start) / (spans * unit)) * unit;
    const first = Math.min(start + (item % spans) * length, end);
    const query = row * (heads * headDim + width) + (pair % heads) * headDim;
    const kvHead = Math.floor(((pair % heads) * kvHeads) / heads);
    const keyOf = (key: number): number => (b * capacity + key) * width + kvHead * headDim;
    const scores = Array.from({ length: Math.min(first + length, end) - first }, (_, i) => {
      let sum = 0;
      for (let d = 0; d < headDim; d++) sum += qkv[query + d] * cache[keyOf(first + i) + d];
      return sum / Math.sqrt(headDim);
    });
    const largest = Math.max(LOWEST_SCORE, ...scores);
    statistics[2 * item] = largest;
    scores.forEach((score, i) => {
      const weight = Math.exp(score - largest);
      statistics[2 * item + 1] += weight;
      for (let d = 0; d < headDim; d++)
        parts[item * headDim + d] += weight * cache[keyOf(first + i) + kvHeads * headDim + d];
    });
  }
  return { parts, statistics };
}

/** out [B*T, Hq D] of the spans of each row's head. */
export function mergedSpans({ parts, statistics }: AttentionSpans, spans: number, headDim: number): Float64Array {
  const pairs = statistics.length / (2 * spans);
  const out = new Float64Array(pairs * headDim);
  for (let pair = 0; pair < pairs; pair++) {
    const items = Array.from({ length: spans }, (_, span) => pair * spans + span);
    const largest = Math.max(...items.map((item) => statistics[2 * item]));
    const factors = items.map((item) => Math.exp(statistics[2 * item] - largest));
    const total = items.reduce((sum, item, span) => sum + factors[span] * statistics[2 * item + 1], 0);
    for (let d = 0; d < headDim; d++)
      out[pair * headDim + d] =
        items.reduce((sum, item, span) => sum + factors[span] * parts[item * headDim + d], 0) / total;
  }
  return out;
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

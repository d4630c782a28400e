// What a shard of the vocabulary knows of each row's cross-entropy, in float64. crossEntropyMerge.ts puts the shards together.

export interface VocabularyShard {
  /** [N, V]: columns firstToken to firstToken + V - 1 of the logits. */
  readonly logits: Float64Array;
  /** [N], ids of the whole vocabulary or IGNORED_TARGET. */
  readonly targets: Int32Array;
  /** V, at least 1. */
  readonly vocabulary: number;
  readonly firstToken: number;
}

/**
 * [N, 3]: largest logit, sum of exp(logit - largest), and the target's logit if it lies in the shard, else 0: one shard alone contributes.
 * Source: Shoeybi et al. 2019, section 3.
 */
export function crossEntropyStatistics({ logits, targets, vocabulary, firstToken }: VocabularyShard): Float64Array {
  const statistics = new Float64Array(3 * targets.length);
  for (let n = 0; n < targets.length; n++) {
    const row = logits.subarray(n * vocabulary, (n + 1) * vocabulary);
    const max = row.reduce((largest, value) => Math.max(largest, value));
    const sum = row.reduce((total, value) => total + Math.exp(value - max), 0);
    const place = targets[n] - firstToken;
    statistics.set([max, sum, place >= 0 && place < vocabulary ? row[place] : 0], 3 * n);
  }
  return statistics;
}

// What rows of logits say of the next token, in float64 and by sorting: the judge of top_tokens.wgsl.

export interface TopTokensInput {
  /** [N, V], finite */
  readonly logits: Float64Array;
  /** [N]; outside the vocabulary for none. */
  readonly targets: Int32Array;
  readonly vocabulary: number;
  readonly top: number;
}

/**
 * [N, 2 top + 4]: pairs (token, log p) of the best tokens, the entropy -sum p log p in nats (Shannon 1948, section 6), log p of the target and how
 * many tokens come before it, 0 and 0 without one, and 0 for the logits that are not finite. Of equal logits the lower token comes first.
 */
export function topTokens({ logits, targets, vocabulary, top }: TopTokensInput): Float64Array {
  const stride = 2 * top + 4;
  const out = new Float64Array(targets.length * stride);
  for (let row = 0; row < targets.length; row++) {
    const own = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
    const largest = own.reduce((most, value) => Math.max(most, value), -Infinity);
    const logSum = Math.log(own.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    const logs = own.map((value) => value - largest - logSum);
    const order = [...own.keys()].sort((a, b) => own[b] - own[a] || a - b);
    for (let k = 0; k < top; k++) out.set([order[k], logs[order[k]]], row * stride + 2 * k);
    const entropy = -logs.reduce((sum, log) => sum + Math.exp(log) * log, 0);
    const target = targets[row];
    const aimed = target >= 0 && target < vocabulary;
    out.set([entropy, aimed ? logs[target] : 0, aimed ? order.indexOf(target) : 0, 0], row * stride + 2 * top);
  }
  return out;
}

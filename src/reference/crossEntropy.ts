// Cross-entropy of logits against target ids in float64: the sum over counted rows, divided once by a given count.
// It never takes a mean of its own: the count is the global batch's, so that micro-batches and ranks add up.

/** Rows with this target count nothing, as in PyTorch and transformers. */
export const IGNORED_TARGET = -100;

export interface CrossEntropyInput {
  /** [N, V] */
  readonly logits: Float64Array;
  /** [N]: 0..V-1, or IGNORED_TARGET. */
  readonly targets: Int32Array;
  /** V */
  readonly vocabulary: number;
  /** What the sum is divided by: counted tokens of the whole global batch, above 0. */
  readonly count: number;
}

export interface CrossEntropyOutput {
  /** sum(losses) / count, nats. */
  readonly loss: number;
  /** [N], nats; 0 for ignored rows. */
  readonly losses: Float64Array;
  /** [N], of ignored rows too. */
  readonly logSumExp: Float64Array;
}

/** losses[n] = log(sum(exp(logits[n]))) - logits[n][target]. RangeError for a target outside the vocabulary or a count of 0. */
export function crossEntropy({ logits, targets, vocabulary, count }: CrossEntropyInput): CrossEntropyOutput {
  if (!(count > 0)) throw new RangeError(`crossEntropy: count must be above 0, got ${count}`);
  const losses = new Float64Array(targets.length);
  const logSumExp = new Float64Array(targets.length);
  let total = 0;
  for (let n = 0; n < targets.length; n++) {
    const start = n * vocabulary;
    let max = logits[start];
    for (let v = 1; v < vocabulary; v++) max = Math.max(max, logits[start + v]);
    let sum = 0;
    for (let v = 0; v < vocabulary; v++) sum += Math.exp(logits[start + v] - max);
    logSumExp[n] = max + Math.log(sum);
    const target = targets[n];
    if (target === IGNORED_TARGET) continue;
    if (!(target >= 0 && target < vocabulary)) {
      throw new RangeError(`crossEntropy: target ${target} of row ${n} is not in 0..${vocabulary - 1}`);
    }
    losses[n] = Math.log(sum) + (max - logits[start + target]);
    total += losses[n];
  }
  return { loss: total / count, losses, logSumExp };
}

/** dLogits [N, V] = (softmax(logits) - oneHot(target)) / count, times dLoss; 0 in ignored rows. */
export function crossEntropyBackward(input: CrossEntropyInput, dLoss = 1): Float64Array {
  const { logits, targets, vocabulary, count } = input;
  const { logSumExp } = crossEntropy(input);
  const dLogits = new Float64Array(logits.length);
  for (let n = 0; n < targets.length; n++) {
    if (targets[n] === IGNORED_TARGET) continue;
    const start = n * vocabulary;
    for (let v = 0; v < vocabulary; v++) {
      const probability = Math.exp(logits[start + v] - logSumExp[n]);
      dLogits[start + v] = ((probability - (v === targets[n] ? 1 : 0)) * dLoss) / count;
    }
  }
  return dLogits;
}

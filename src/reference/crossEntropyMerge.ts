// Cross-entropy from the statistics of all shards of the vocabulary, in float64. crossEntropy.ts judges it: the same losses and gradients.

import { type CrossEntropyOutput, IGNORED_TARGET } from './crossEntropy';
import type { VocabularyShard } from './crossEntropyStatistics';

/** The shards' statistics [N, 3] in order, and what the sum of losses is divided by: counted tokens of the global batch, above 0. */
export interface Gathered {
  readonly statistics: readonly Float64Array[];
  readonly count: number;
}

/** losses[n] = log-sum-exp over all shards - the target's logit, 0 where the target is ignored. */
export function crossEntropyMerge(targets: Int32Array, { statistics, count }: Gathered): CrossEntropyOutput {
  const losses = new Float64Array(targets.length);
  const logSumExp = new Float64Array(targets.length);
  let total = 0;
  for (let n = 0; n < targets.length; n++) {
    const max = Math.max(...statistics.map((part) => part[3 * n]));
    const sum = statistics.reduce((all, part) => all + part[3 * n + 1] * Math.exp(part[3 * n] - max), 0);
    logSumExp[n] = max + Math.log(sum);
    if (targets[n] === IGNORED_TARGET) continue;
    const wanted = statistics.reduce((all, part) => all + part[3 * n + 2], 0);
    losses[n] = Math.log(sum) + (max - wanted);
    total += losses[n];
  }
  return { loss: total / count, losses, logSumExp };
}

/** dLogits [N, V] of one shard: (softmax over all shards - oneHot(target)) / count; 0 in ignored rows. */
export function crossEntropyMergeBackward(
  { logits, targets, vocabulary, firstToken }: VocabularyShard,
  gathered: Gathered,
): Float64Array {
  const { logSumExp } = crossEntropyMerge(targets, gathered);
  return logits.map((logit, i) => {
    const n = Math.floor(i / vocabulary);
    if (targets[n] === IGNORED_TARGET) return 0;
    const hit = firstToken + (i % vocabulary) === targets[n] ? 1 : 0;
    return (Math.exp(logit - logSumExp[n]) - hit) / gathered.count;
  });
}

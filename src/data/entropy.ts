// Baselines that a model's held-out loss is compared with: what counting tokens and pairs of tokens achieves. Pure.

export interface Baselines {
  /** ln(vocabularySize), nats a token. */
  readonly uniform: number;
  /** Cross-entropy of the held-out tokens under the training part's token counts, nats a token. */
  readonly unigram: number;
  /** The same under the training part's pair counts, each token given the one before. */
  readonly bigram: number;
}

/**
 * Add-k smoothing, p(b | a) = (count(a, b) + k) / (count(a) + k V), with the k of these that gives the lowest
 * cross-entropy. Choosing k on the held-out text favours the baseline a little, never the model: k = 1 would make a weak
 * baseline of a large vocabulary, where most pairs are never seen, and a small k one of a small text.
 */
const SMOOTHING = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001] as const;
/** Up to this vocabulary pairs are counted in a table of V * V words (16 MiB), past it in a map. */
const TABLE_VOCABULARY = 2_048;

/**
 * All three over the same positions: every held-out token but the first, as a model that sees one token predicts them.
 * Where none counts, the uniform entropy for all.
 *
 * @param train, heldOut token ids below vocabularySize
 * @param counts which held-out tokens count, by index; all of them where it is left out
 */
export function baselines(
  train: Uint32Array,
  heldOut: Uint32Array,
  vocabularySize: number,
  counts: (index: number) => boolean = () => true,
): Baselines {
  const V = vocabularySize;
  const uniform = Math.log(V);
  let n = 0;
  for (let i = 1; i < heldOut.length; i++) if (counts(i)) n++;
  if (n < 1) return { uniform, unigram: uniform, bigram: uniform };
  const tokenCounts = new Uint32Array(V);
  const contextCounts = new Uint32Array(V);
  for (let i = 0; i < train.length; i++) {
    tokenCounts[train[i]]++;
    if (i + 1 < train.length) contextCounts[train[i]]++;
  }
  const pairCount = countPairs(train, V);
  const unigram = SMOOTHING.map(() => 0);
  const bigram = SMOOTHING.map(() => 0);
  for (let i = 1; i < heldOut.length; i++) {
    if (!counts(i)) continue;
    const before = heldOut[i - 1];
    const token = heldOut[i];
    const pairs = pairCount(before, token);
    SMOOTHING.forEach((k, index) => {
      unigram[index] -= Math.log((tokenCounts[token] + k) / (train.length + k * V));
      bigram[index] -= Math.log((pairs + k) / (contextCounts[before] + k * V));
    });
  }
  return { uniform, unigram: Math.min(...unigram) / n, bigram: Math.min(...bigram) / n };
}

function countPairs(tokens: Uint32Array, V: number): (before: number, token: number) => number {
  if (V <= TABLE_VOCABULARY) {
    const table = new Uint32Array(V * V);
    for (let i = 1; i < tokens.length; i++) table[tokens[i - 1] * V + tokens[i]]++;
    return (before, token) => table[before * V + token];
  }
  const map = new Map<number, number>();
  for (let i = 1; i < tokens.length; i++) {
    const key = tokens[i - 1] * V + tokens[i];
    map.set(key, (map.get(key) ?? 0) + 1);
  }
  return (before, token) => map.get(before * V + token) ?? 0;
}

// The unigram model while it is learnt: pieces with probabilities, one EM step, and the cut of what is least missed.
// Kudo 2018, section 3.2; the digamma function in the M step and the estimate of the loss as SentencePiece has them.

import type { Breather } from './breather';
import type { SymbolWords } from './symbolWords';
import { UnigramLattice } from './unigramLattice';
import type { Piece } from './unigramSeeds';

/** A piece that is expected to be used less often goes at once. */
const LEAST_USE = 0.5;

export interface UnigramModel {
  /** The first `alphabet` pieces are single symbols and stay. */
  readonly pieces: readonly Piece[];
  /** Log probabilities. */
  readonly scores: Float64Array;
}

/**
 * One step of expectation and maximisation.
 * @returns the better model, and the text's log probability under the model given
 */
export async function improve(
  words: SymbolWords,
  { pieces, scores }: UnigramModel,
  alphabet: number,
  keepAll: boolean,
  breather: Breather,
): Promise<{ readonly model: UnigramModel; readonly logProbability: number }> {
  const lattice = new UnigramLattice(words, pieces, scores);
  const expected = new Float64Array(pieces.length);
  let logProbability = 0;
  for (let word = 0; word < words.size; word++) {
    const count = words.count(word);
    logProbability += count * lattice.addExpected(words.start(word), words.start(word + 1), count, expected);
    if (breather.due()) await breather.breathe();
  }
  const kept = pieces.map((_, id) => id).filter((id) => keepAll || id < alphabet || expected[id] >= LEAST_USE);
  const uses = kept.map((id) => Math.max(LEAST_USE, expected[id]));
  const all = digamma(uses.reduce((sum, use) => sum + use, 0));
  return {
    model: { pieces: kept.map((id) => pieces[id]), scores: Float64Array.from(uses, (use) => digamma(use) - all) },
    logProbability,
  };
}

/** The model with `size` pieces: those go whose loss would lower the text's probability least. */
export async function prune(
  words: SymbolWords,
  { pieces, scores }: UnigramModel,
  alphabet: number,
  size: number,
  breather: Breather,
): Promise<UnigramModel> {
  const lattice = new UnigramLattice(words, pieces, scores);
  const uses = new Float64Array(pieces.length);
  let total = 0;
  for (let word = 0; word < words.size; word++) {
    const count = words.count(word);
    for (const piece of lattice.best(words.start(word), words.start(word + 1))) {
      uses[piece] += count;
      total += count;
    }
    if (breather.due()) await breather.breathe();
  }
  const losses = pieces.map(({ start, length }, id) => {
    if (id < alphabet) return Number.POSITIVE_INFINITY;
    if (uses[id] === 0) return 0;
    const parts = lattice.best(start, start + length, true);
    return uses[id] * (logShare(uses[id], total) - partsLogShare(parts, uses, uses[id], total));
  });
  const kept = losses
    .map((_, id) => id)
    .sort((a, b) => (losses[a] === losses[b] ? a - b : losses[b] - losses[a]))
    .slice(0, Math.max(alphabet, size))
    .sort((a, b) => a - b);
  return { pieces: kept.map((id) => pieces[id]), scores: Float64Array.from(kept, (id) => scores[id]) };
}

/** What the parts would say instead of the piece, which then occur more often themselves. */
function partsLogShare(parts: readonly number[], uses: Float64Array, use: number, total: number): number {
  const newTotal = total + use * (parts.length - 1);
  return parts.reduce((sum, part) => sum + logShare(uses[part] + use, newTotal), 0);
}

function logShare(use: number, total: number): number {
  return Math.log(use) - Math.log(total);
}

/** The derivative of log gamma, by recurrence and the asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18). */
function digamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 7; y++) shift -= 1 / y;
  const s = 1 / (y * y);
  return shift + Math.log(y) - 0.5 / y - s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s / 240)));
}

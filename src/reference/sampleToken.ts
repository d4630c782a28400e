// Draws a token from one row of logits in float64, by sorting: the judge of sample_token.wgsl, and of the distribution in include/token_choice.wgsl.

import { threefry2x32, unitInterval } from '../core/rng';

/** Keeps these random numbers apart from others of the same seed. */
const STREAM = 0x73616d70;

export interface ChoiceInput {
  /** [V] */
  readonly logits: Float64Array;
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 for all. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  /** Added to a token's logit first. */
  readonly bias?: (token: number) => number;
  readonly seen: (token: number) => boolean;
}

export interface SampleInput extends ChoiceInput {
  readonly seed: number;
  /** Number of the draw. */
  readonly step: number;
  /** The text's place in the batch. */
  readonly row: number;
}

export interface TokenChoice {
  readonly best: number;
  /** [V]: what a token is drawn from; of the best alone at temperature 0. */
  readonly probabilities: readonly number[];
}

/**
 * Biases, then the repetition penalty (Keskar et al. 2019, section 4.1), temperature, top-k, top-p (Holtzman et al. 2020) and min-p (Nguyen et al. 2024) in
 * transformers' order; tokens of equal logit stay or go together.
 */
export function tokenChoice(input: ChoiceInput): TokenChoice {
  const { temperature, topK, topP, minP, repetitionPenalty, seen } = input;
  const biased = [...input.logits].map((value, token) => value + (input.bias?.(token) ?? 0));
  const logits = biased.map((value, token) =>
    !seen(token) ? value : value > 0 ? value / repetitionPenalty : value * repetitionPenalty,
  );
  const highest = logits.reduce((most, value) => Math.max(most, value), -Infinity);
  const best = logits.indexOf(highest);
  if (!(temperature > 0)) return { best, probabilities: logits.map((_, token) => (token === best ? 1 : 0)) };
  const weights = logits.map((value) => Math.exp((value - highest) / temperature));
  const sorted = [...weights].sort((a, b) => b - a);
  let least = topK > 0 && topK < sorted.length ? sorted[topK - 1] : 0;
  if (topP < 1) {
    const candidates = sorted.filter((weight) => weight >= least);
    const wanted = topP * candidates.reduce((sum, weight) => sum + weight, 0);
    let mass = 0;
    for (const weight of candidates) {
      mass += weight;
      least = weight;
      if (mass >= wanted) break;
    }
  }
  const kept = weights.map((weight) => (weight >= least && weight >= minP ? weight : 0));
  const total = kept.reduce((sum, weight) => sum + weight, 0);
  return { best, probabilities: kept.map((weight) => weight / total) };
}

/** The index at the share `place` of the masses, in order; `otherwise` where rounding leaves none. */
export function drawIndex(masses: readonly number[], place: number, otherwise: number): number {
  let rest = place * masses.reduce((sum, mass) => sum + mass, 0);
  for (const [index, mass] of masses.entries()) {
    rest -= mass;
    if (mass > 0 && rest < 0) return index;
  }
  return otherwise;
}

/** A token of the choice; the draw goes through the vocabulary in order. */
export function sampleToken(input: SampleInput): number {
  const { best, probabilities } = tokenChoice(input);
  if (!(input.temperature > 0)) return best;
  const { seed, step, row } = input;
  return drawIndex(probabilities, unitInterval(threefry2x32(seed, STREAM, step, row)[0]), best);
}

// Picks the next token from logits: greedy at temperature 0, else from the softmax, as a function of (seed, position). Pure.

import { threefry2x32, unitInterval } from '../core/rng';

/** Key word that keeps sampling's random numbers apart from other uses of the same seed. */
const STREAM = 0x73616d70;

/**
 * @param logits [V]
 * @param position index of the token to draw, so that the same seed gives the same text
 */
export function sampleToken(logits: Float32Array, temperature: number, seed: number, position: number): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  if (!(temperature > 0)) return best;
  const top = logits[best];
  let sum = 0;
  for (const logit of logits) sum += Math.exp((logit - top) / temperature);
  let rest = unitInterval(threefry2x32(seed, STREAM, position, 0)[0]) * sum;
  for (let i = 0; i < logits.length; i++) {
    rest -= Math.exp((logits[i] - top) / temperature);
    if (rest < 0) return i;
  }
  return best;
}

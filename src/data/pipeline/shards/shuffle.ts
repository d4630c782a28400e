// A seeded order of the numbers 0 to n - 1 that is computed, not stored: a permutation and its inverse. Pure.
// A Feistel network over the next power of four, walked until it lands below n (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").

import { hashName, threefry2x32 } from '../../../core/rng';

const ROUNDS = 6;
const STREAM = hashName('shards.shuffle');

export interface Shuffle {
  /** The number at a place of the order. */
  at(place: number): number;
  /** The place of a number. */
  placeOf(number: number): number;
}

/** @param count at most 2^30 @param epoch every epoch has an order of its own */
export function shuffle(count: number, seed: number, epoch: number): Shuffle {
  const half = Math.max(1, Math.ceil(Math.log2(Math.max(2, count)) / 2));
  const mask = 2 ** half - 1;
  const round = (value: number, i: number) => threefry2x32(seed, STREAM, epoch, i * 2 ** 16 + value)[0] & mask;
  const walk = (start: number, turn: (value: number) => number): number => {
    let value = turn(start);
    while (value >= count) value = turn(value);
    return value;
  };
  const forward = (value: number): number => {
    let [left, right] = [value >>> half, value & mask];
    for (let i = 0; i < ROUNDS; i++) [left, right] = [right, left ^ round(right, i)];
    return left * 2 ** half + right;
  };
  const backward = (value: number): number => {
    let [left, right] = [value >>> half, value & mask];
    for (let i = ROUNDS - 1; i >= 0; i--) [left, right] = [right ^ round(left, i), left];
    return left * 2 ** half + right;
  };
  return { at: (place) => walk(place, forward), placeOf: (number) => walk(number, backward) };
}

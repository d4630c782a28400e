// How a contender looks in every part of the race: a colour and a dash pattern of its own. Constants only; the colours are in Race.module.css.

import type { ContenderId } from './contenders';

interface RacePen {
  /** A custom property, set by the race's panel. */
  readonly color: string;
  readonly dash: readonly number[];
  readonly width: number;
}

export const racePens: Readonly<Record<ContenderId, RacePen>> = {
  // A broad line under all others: many of them lie on it.
  one: { color: '--race-one', dash: [], width: 5 },
  sync: { color: '--race-sync', dash: [9, 3], width: 2 },
  f16: { color: '--race-f16', dash: [5, 3], width: 2 },
  int8: { color: '--race-int8', dash: [2, 2], width: 2 },
  topK: { color: '--race-top-k', dash: [], width: 2 },
  topKPlain: { color: '--race-top-k-plain', dash: [1, 3], width: 2 },
  powerSgd: { color: '--race-power-sgd', dash: [9, 3, 2, 3], width: 2 },
  localSgd: { color: '--race-local-sgd', dash: [6, 2, 1, 2, 1, 2], width: 2 },
  diloco: { color: '--race-diloco', dash: [14, 4], width: 2 },
  async: { color: '--race-async', dash: [4, 2, 4, 6], width: 2 },
};

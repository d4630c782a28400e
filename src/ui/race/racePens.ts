// How a contender looks in every part of the race: a colour and a dash pattern of its own. Constants only; the colours are in Race.module.css.

import type { ContenderId } from './contenders';

interface RacePen {
  /** A custom property, set by the race's panel. */
  readonly color: string;
  readonly dash: readonly number[];
}

export const racePens: Readonly<Record<ContenderId, RacePen>> = {
  one: { color: '--race-one', dash: [] },
  sync: { color: '--race-sync', dash: [9, 3] },
  f16: { color: '--race-f16', dash: [5, 3] },
  int8: { color: '--race-int8', dash: [2, 2] },
  topK: { color: '--race-top-k', dash: [] },
  topKPlain: { color: '--race-top-k-plain', dash: [1, 3] },
  powerSgd: { color: '--race-power-sgd', dash: [9, 3, 2, 3] },
  localSgd: { color: '--race-local-sgd', dash: [6, 2, 1, 2, 1, 2] },
  diloco: { color: '--race-diloco', dash: [14, 4] },
  async: { color: '--race-async', dash: [4, 2, 4, 6] },
};

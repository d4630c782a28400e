// A race as a file: settings, numbers and curves of every contender. Pure.

import { meshSize } from '../../parallel/mesh';
import type { RaceEntry } from '../stores/raceStore';
import { bytesPerStep, tokensPerSecond } from './raceCurves';

export function ranksOf({ config }: Pick<RaceEntry, 'config'>): number {
  return meshSize(config.parallel);
}

/** As it is written: seconds and bytes as measured, losses unsmoothed. */
export function raceFile(entries: readonly RaceEntry[]): unknown {
  return {
    contenders: entries.map((entry) => {
      const bytes = bytesPerStep(entry);
      return {
        contender: entry.id,
        status: entry.status,
        heldOut: entry.heldOut,
        bytesPerStepAndRank: bytes === null ? null : bytes / ranksOf(entry),
        tokensPerSecond: tokensPerSecond(entry.curve),
        largestStaleness: entry.staleness,
        error: entry.error,
        config: entry.config,
        curve: entry.curve,
      };
    }),
  };
}

// The order in which a run reads whole sequences of its tokens: each epoch every sequence once, in an order of its own. Pure; it is computed
// from (seed, epoch), so it can be resumed at any step and inverted.

import { LabError } from '../../../core/errors';
import { type Shuffle, shuffle } from './shuffle';

/** Sequences that lie side by side in so many tokens; the token behind the last of them is its target. */
export function wholeSequences(tokens: number, sequenceLength: number): number {
  return Math.max(0, Math.floor((tokens - 1) / sequenceLength));
}

/** Which sequence row `row` of the global batch of a step is; steps count from 0. */
export class SequenceOrder {
  #epoch = -1;
  #shuffle: Shuffle | null = null;

  /** @param sequences at least 1 */
  constructor(
    private readonly sequences: number,
    private readonly seed: number,
    private readonly batchSize: number,
  ) {
    if (sequences >= 1) return;
    throw new LabError({
      code: 'data.invalid',
      message: 'The shards have no whole sequence.',
      advice: 'Use more text, or a shorter pack.sequenceLength.',
    });
  }

  sequence(step: number, row: number): { readonly epoch: number; readonly sequence: number } {
    const place = step * this.batchSize + row;
    const epoch = Math.floor(place / this.sequences);
    return { epoch, sequence: this.#of(epoch).at(place % this.sequences) };
  }

  /** When a sequence is read in an epoch. */
  readingOf(sequence: number, epoch: number): { readonly step: number; readonly row: number } {
    const place = epoch * this.sequences + this.#of(epoch).placeOf(sequence);
    return { step: Math.floor(place / this.batchSize), row: place % this.batchSize };
  }

  #of(epoch: number): Shuffle {
    if (this.#shuffle === null || this.#epoch !== epoch) {
      this.#epoch = epoch;
      this.#shuffle = shuffle(this.sequences, this.seed, epoch);
    }
    return this.#shuffle;
  }
}

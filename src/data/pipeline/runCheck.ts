// Looks for the held-out runs in the documents of one part: the piece of work that decontamination gives to whoever has time. Pure.

import { LabError } from '../../core/errors';
import { HeldOutRuns, type HeldOutTable } from './decontaminate';

/** Documents of a part, by the hashes of their words. */
export interface RunCheck {
  /** Of all documents, one behind another. */
  readonly words: Uint32Array;
  /** [documents] */
  readonly wordCounts: Uint32Array;
  /** [documents]: runs above which counting may end; below 0 for a document that is not looked at. */
  readonly enough: Float64Array;
}

export interface RunCounts {
  /** [documents]: held-out runs in each; 0 where it was not looked at. */
  readonly found: Uint32Array;
  readonly milliseconds: number;
}

/** Who looks: the data workers of a run, or the caller's own thread. */
export interface RunChecker {
  /** Parts that are worth giving to it before the first comes back. */
  readonly ahead: number;
  /** What the parts that follow are compared with, in place of what was. */
  hold(table: HeldOutTable): void;
  check(part: RunCheck): Promise<RunCounts>;
}

export function countRuns(runs: HeldOutRuns, { words, wordCounts, enough }: RunCheck): RunCounts {
  const start = performance.now();
  const found = new Uint32Array(wordCounts.length);
  let at = 0;
  for (let document = 0; document < wordCounts.length; document++) {
    const end = at + wordCounts[document];
    if (enough[document] >= 0) found[document] = runs.count(words.subarray(at, end), enough[document]);
    at = end;
  }
  return { found, milliseconds: performance.now() - start };
}

/** Asked before hold(). */
export function nothingHeld(): LabError {
  return new LabError({ code: 'internal', message: 'Nothing is held out yet.' });
}

/** The caller's own thread. */
export class OwnRunChecker implements RunChecker {
  readonly ahead = 1;
  #runs: HeldOutRuns | null = null;

  hold(table: HeldOutTable): void {
    this.#runs = new HeldOutRuns(table);
  }

  async check(part: RunCheck): Promise<RunCounts> {
    if (this.#runs === null) throw nothingHeld();
    return countRuns(this.#runs, part);
  }
}

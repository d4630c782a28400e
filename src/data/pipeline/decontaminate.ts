// Stage `decontaminate`: documents to train on that share runs of words with the held-out ones are left out (Brown et al. 2020, appendix C).
// Pure; hashes of words in, whether to leave out.

import type { PipelineConfig } from '../../core/pipelineConfig';
import { KeyTable, mixed } from './hashes';

export class HeldOutRuns {
  readonly #runs = new KeyTable();

  constructor(private readonly options: PipelineConfig['decontaminate']) {}

  get size(): number {
    return this.#runs.size;
  }

  /** A held-out document. Fewer words than a run has make no run. */
  add(words: Uint32Array): void {
    this.#eachRun(words, (high, low) => {
      this.#runs.claim(high, low, 0);
      return true;
    });
  }

  /** Whether more of this document's runs than allowed are held out. */
  contaminates(words: Uint32Array): boolean {
    const runs = words.length - this.options.words + 1;
    const allowed = this.options.maxShare * runs;
    let found = 0;
    if (this.#runs.size === 0) return false;
    this.#eachRun(words, (high, low) => {
      if (this.#runs.has(high, low)) found++;
      return found <= allowed;
    });
    return found > allowed;
  }

  /** Two rolling polynomials: each run costs the same, however long it is. */
  #eachRun(words: Uint32Array, visit: (high: number, low: number) => boolean): void {
    const length = this.options.words;
    if (words.length < length) return;
    let leadA = 1;
    let leadB = 1;
    for (let i = 0; i < length; i++) {
      leadA = Math.imul(leadA, 0x01000193);
      leadB = Math.imul(leadB, 0x5bd1e995);
    }
    let a = 0;
    let b = 0;
    for (let i = 0; i < words.length; i++) {
      a = Math.imul(a, 0x01000193) + words[i];
      b = Math.imul(b, 0x5bd1e995) + words[i];
      if (i >= length) {
        a -= Math.imul(leadA, words[i - length]);
        b -= Math.imul(leadB, words[i - length]);
      }
      a |= 0;
      b |= 0;
      if (i >= length - 1 && !visit(mixed(a), mixed(b))) return;
    }
  }
}

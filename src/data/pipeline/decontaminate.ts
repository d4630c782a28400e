// Stage `decontaminate`: documents to train on that share runs of words with the held-out ones are left out (Brown et al. 2020, appendix C).
// Pure; hashes of words in, whether to leave out.

import type { PipelineConfig } from '../../core/pipelineConfig';
import { KeyTable, mixed } from './hashes';

/** 2^22 bits are 512 KiB. */
const FILTER_BITS = 1 << 22;
const BIT_MASK = FILTER_BITS / 32 - 1;

export class HeldOutRuns {
  readonly #runs = new KeyTable();
  /** A bit for each first word of a run's key: most runs of other documents end here, without a look into the large table. */
  readonly #bits = new Uint32Array(FILTER_BITS / 32);

  constructor(private readonly options: PipelineConfig['decontaminate']) {}

  get size(): number {
    return this.#runs.size;
  }

  /** A held-out document. Fewer words than a run has make no run. */
  add(words: Uint32Array): void {
    this.#eachRun(words, (high, low) => {
      this.#runs.claim(mixed(high), mixed(low), 0);
      this.#bits[(high >>> 5) & BIT_MASK] |= 1 << (high & 31);
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
      const maybe = (this.#bits[(high >>> 5) & BIT_MASK] & (1 << (high & 31))) !== 0;
      if (maybe && this.#runs.has(mixed(high), mixed(low))) found++;
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
      if (i >= length - 1 && !visit(a, b)) return;
    }
  }
}

// Stage `decontaminate`: documents to train on that share runs of words with the held-out ones are left out (Brown et al. 2020, appendix C).
// Runs of the held-out set that are too many for memory are taken a share of the hashes at a time. Hashes of words in, runs that were found out.

import { LabError } from '../../core/errors';
import type { PipelineConfig } from '../../core/pipelineConfig';
import { mixed } from './hashes';

type DecontaminateOptions = PipelineConfig['decontaminate'];

/** Held-out runs in memory at a time, at 12 to 24 bytes each with their filter. */
export const MOST_RUNS = 1 << 22;
/** Of the filter, for each run: with two bits set for each, one of 20 other runs passes. */
const FILTER_BITS = 8;

/** Some of the hashes: those whose remainder by `of` is `index`. */
export interface HashShare {
  readonly index: number;
  readonly of: number;
}

const ALL: HashShare = { index: 0, of: 1 };

/** Runs of a document of so many words. */
export function runsOf(words: number, options: DecontaminateOptions): number {
  return Math.max(0, words - options.words + 1);
}

/** Runs that a document may share with the held-out set. */
export function allowedRuns(words: number, options: DecontaminateOptions): number {
  return options.maxShare * runsOf(words, options);
}

/** Held-out runs as another thread takes them over: to look into, where memory is shared, else as a copy. */
export interface HeldOutTable {
  /** Words of a run. */
  readonly words: number;
  readonly size: number;
  /** Open addressing over twos of words: the two hashes of a run; both 0 for an empty slot. */
  readonly keys: Uint32Array;
  /** Two bits for each run, both in one word: most runs of other documents end here, without a look into the large table. */
  readonly filter: Int32Array;
}

/** A page that is not isolated from others has none that is shared. */
const Memory = typeof SharedArrayBuffer === 'undefined' ? ArrayBuffer : SharedArrayBuffer;

export class HeldOutRuns {
  readonly #length: number;
  readonly #leadA: number;
  readonly #leadB: number;
  readonly #keys: Uint32Array;
  readonly #filter: Int32Array;
  #size: number;

  constructor(
    { words, size, keys, filter }: HeldOutTable,
    private readonly share: HashShare = ALL,
  ) {
    this.#length = words;
    this.#size = size;
    this.#keys = keys;
    this.#filter = filter;
    let [leadA, leadB] = [1, 1];
    for (let i = 0; i < words; i++) {
      leadA = Math.imul(leadA, FACTOR_A);
      leadB = Math.imul(leadB, FACTOR_B);
    }
    this.#leadA = leadA;
    this.#leadB = leadB;
  }

  /** Without a run yet. @param expected runs that will be added, at most, over all shares */
  static empty({ words }: DecontaminateOptions, expected: number, share: HashShare = ALL): HeldOutRuns {
    const own = Math.max(1, Math.ceil((1.1 * expected) / share.of) + 1_024);
    const keys = new Uint32Array(new Memory(8 * powerOf2(own / 0.75)));
    const filter = new Int32Array(new Memory(4 * powerOf2((own * FILTER_BITS) / 32)));
    return new HeldOutRuns({ words, size: 0, keys, filter }, share);
  }

  /** As it stands: what is added later may not be seen there. */
  get table(): HeldOutTable {
    return { words: this.#length, size: this.#size, keys: this.#keys, filter: this.#filter };
  }

  /** Different runs. */
  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#keys.byteLength + this.#filter.byteLength;
  }

  /** A held-out document. Fewer words than a run has make no run. */
  add(words: Uint32Array): void {
    const length = this.#length;
    let a = 0;
    let b = 0;
    for (let i = 0; i < words.length; i++) {
      a = (Math.imul(a, FACTOR_A) + words[i]) | 0;
      b = (Math.imul(b, FACTOR_B) + words[i]) | 0;
      if (i >= length) {
        a = (a - Math.imul(this.#leadA, words[i - length])) | 0;
        b = (b - Math.imul(this.#leadB, words[i - length])) | 0;
      }
      if (i >= length - 1) this.#claim(a, b);
    }
  }

  /** Runs of this document that are held out; the count ends where it is above `enough`. */
  count(words: Uint32Array, enough: number): number {
    if (this.#size === 0) return 0;
    const length = this.#length;
    const leadA = this.#leadA;
    const leadB = this.#leadB;
    const filter = this.#filter;
    const mask = filter.length - 1;
    let a = 0;
    let b = 0;
    let found = 0;
    // Two rolling polynomials: each run costs the same, however long it is.
    for (let i = 0; i < words.length; i++) {
      a = (Math.imul(a, FACTOR_A) + words[i]) | 0;
      b = (Math.imul(b, FACTOR_B) + words[i]) | 0;
      if (i >= length) {
        a = (a - Math.imul(leadA, words[i - length])) | 0;
        b = (b - Math.imul(leadB, words[i - length])) | 0;
      }
      const bits = (1 << a) | (1 << b);
      if (i < length - 1 || (filter[(a >>> 5) & mask] & bits) !== bits) continue;
      if (this.#has(a, b) && ++found > enough) break;
    }
    return found;
  }

  #claim(a: number, b: number): void {
    const { index, of } = this.share;
    if (of > 1 && mixed(b) % of !== index) return;
    const slot = this.#slot(a, b);
    if ((this.#keys[slot] | this.#keys[slot + 1]) !== 0) return;
    this.#keys[slot] = a;
    // Both words 0 mean an empty slot: that one run is taken for its neighbour.
    this.#keys[slot + 1] = (a | b) === 0 ? 1 : b;
    this.#filter[(a >>> 5) & (this.#filter.length - 1)] |= (1 << a) | (1 << b);
    // A slot stays empty, or a look-up would not end; only hashes that are not even can get here.
    if (2 * ++this.#size >= this.#keys.length)
      throw new LabError({ code: 'internal', message: 'There are more held-out runs of words than were counted.' });
  }

  #has(a: number, b: number): boolean {
    const slot = this.#slot(a, b);
    return (this.#keys[slot] | this.#keys[slot + 1]) !== 0;
  }

  #slot(a: number, b: number): number {
    const keys = this.#keys;
    const high = a >>> 0;
    const low = ((a | b) === 0 ? 1 : b) >>> 0;
    const mask = keys.length - 2;
    let slot = (mixed(a ^ Math.imul(b, 0x9e3779b1)) << 1) & mask;
    while ((keys[slot] | keys[slot + 1]) !== 0 && (keys[slot] !== high || keys[slot + 1] !== low))
      slot = (slot + 2) & mask;
    return slot;
  }
}

const FACTOR_A = 0x01000193;
const FACTOR_B = 0x5bd1e995;

function powerOf2(least: number): number {
  return 2 ** Math.max(6, Math.ceil(Math.log2(least)));
}

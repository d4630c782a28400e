// MinHash signatures and their bands (Broder 1997; Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, chapter 3). Pure.
// The share of equal positions of two signatures estimates the Jaccard similarity of their sets of shingles.

import type { PipelineConfig } from '../../core/pipelineConfig';
import { threefry2x32 } from '../../core/rng';
import { mixed } from './hashes';
import type { Words } from './textSurvey';

export type NearDedupOptions = PipelineConfig['nearDedup'];

/** The probability that two documents of this similarity share a band: 1 - (1 - s^rows)^bands. */
export function bandProbability(similarity: number, { bands, rows }: Pick<NearDedupOptions, 'bands' | 'rows'>): number {
  return 1 - (1 - similarity ** rows) ** bands;
}

/** Makes signatures; keeps its working memory. */
export class MinHasher {
  /** bands * rows. */
  readonly positions: number;
  readonly bandCount: number;
  /** Padded to whole fours, as are the others. */
  readonly #multipliers: Int32Array;
  readonly #offsets: Int32Array;
  readonly #minima: Int32Array;
  #shingles = new Int32Array(1_024);

  constructor(private readonly options: NearDedupOptions) {
    this.bandCount = options.bands;
    this.positions = options.bands * options.rows;
    const padded = Math.ceil(this.positions / 4) * 4;
    this.#multipliers = new Int32Array(padded);
    this.#offsets = new Int32Array(padded);
    this.#minima = new Int32Array(padded);
    for (let i = 0; i < this.positions; i++) {
      const [a, b] = threefry2x32(options.seed, 0x4d696e48, i, 0);
      this.#multipliers[i] = a | 1;
      this.#offsets[i] = b;
    }
  }

  /**
   * @param signature [positions] gets the upper 16 bits of each minimum: two different minima agree in them once in 65,536 times
   * @param bands [bands] gets a hash of each band's minima, never 0
   * @returns false, and nothing is written, where there are no words
   */
  sign(words: Words, signature: Uint16Array, bands: Uint32Array): boolean {
    const count = this.#shingle(words);
    if (count === 0) return false;
    for (let i = 0; i < this.positions; i += 4) this.#fourMinima(i, count);
    const minima = this.#minima;
    for (let i = 0; i < this.positions; i++) signature[i] = minima[i] >>> 16;
    const { rows } = this.options;
    for (let band = 0; band < this.options.bands; band++) {
      let hash = band + 1;
      for (let row = 0; row < rows; row++) hash = mixed(Math.imul(hash, 0x01000193) + minima[band * rows + row]);
      bands[band] = hash === 0 ? 1 : hash;
    }
    return true;
  }

  /**
   * Four hash functions at once, so that the processor has something to do while it waits for a product. Minima are of signed words:
   * unsigned ones would be compared as doubles. Shingles are mixed already, and an order looks at upper bits first, which are the good ones of a
   * product: one multiplication by an odd number makes another order.
   */
  #fourMinima(first: number, count: number): void {
    const shingles = this.#shingles;
    const [a, b, c, d] = this.#multipliers.subarray(first, first + 4);
    const [e, f, g, h] = this.#offsets.subarray(first, first + 4);
    let [leastA, leastB, leastC, leastD] = [0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff];
    for (let j = 0; j < count; j++) {
      const shingle = shingles[j];
      const [inA, inB] = [Math.imul(shingle ^ e, a), Math.imul(shingle ^ f, b)];
      const [inC, inD] = [Math.imul(shingle ^ g, c), Math.imul(shingle ^ h, d)];
      if (inA < leastA) leastA = inA;
      if (inB < leastB) leastB = inB;
      if (inC < leastC) leastC = inC;
      if (inD < leastD) leastD = inD;
    }
    this.#minima.set([leastA, leastB, leastC, leastD], first);
  }

  /** Hashes of all runs of `shingleWords` words; of all words where there are fewer. */
  #shingle({ hashes, count }: Words): number {
    if (count === 0) return 0;
    const length = Math.min(this.options.shingleWords, count);
    const shingles = count - length + 1;
    if (this.#shingles.length < shingles) this.#shingles = new Int32Array(2 * shingles);
    for (let i = 0; i < shingles; i++) {
      let hash = length;
      for (let j = 0; j < length; j++) hash = Math.imul(hash, 0x01000193) + hashes[i + j];
      this.#shingles[i] = mixed(hash);
    }
    return shingles;
  }
}

/** The share of positions in which the signatures at these places agree. */
export function signatureSimilarity(
  a: Uint16Array,
  aStart: number,
  b: Uint16Array,
  bStart: number,
  positions: number,
): number {
  let equal = 0;
  for (let i = 0; i < positions; i++) if (a[aStart + i] === b[bStart + i]) equal++;
  return equal / positions;
}

// Which kept document a new one nearly repeats: an index over the bands of MinHash signatures (locality-sensitive hashing). Pure.
// Documents come in order and are compared with kept ones only. So the result depends on their order alone, every document that is
// left out is similar to the one that is kept for it, and a flood of near copies costs no more than their first one.

import { mixed } from './hashes';
import { type NearDedupOptions, signatureSimilarity } from './minHash';

/** Kept documents that a new one is compared with, for each band: beyond them a band says nothing. */
const MOST_COMPARED = 256;

export interface NearMatch {
  /** As it was given to `add`. */
  readonly document: number;
  readonly similarity: number;
}

export class NearIndex {
  readonly #positions: number;
  /** By band: hash -> the newest kept entry with it, as entry + 1; open addressing. */
  readonly #tables: BandTable[];
  /** [entries, bands]: the entry before with the same hash, as entry + 1. */
  #before = new Uint32Array(0);
  #signatures = new Uint16Array(0);
  #documents = new Float64Array(0);
  #compared = new Uint32Array(0);
  #entries = 0;
  /** Marks what this look-up compared already; past 2^32 look-ups a mark may be an old one, and one comparison is saved. */
  #lookups = 0;

  constructor(private readonly options: NearDedupOptions) {
    this.#positions = options.bands * options.rows;
    this.#tables = Array.from({ length: options.bands }, () => new BandTable());
    this.#reserve(256);
  }

  /** Bytes that the index holds. */
  get bytes(): number {
    const tables = this.#tables.reduce((sum, table) => sum + table.bytes, 0);
    return (
      tables +
      this.#before.byteLength +
      this.#signatures.byteLength +
      this.#documents.byteLength +
      this.#compared.byteLength
    );
  }

  /**
   * The kept document that is most like this one, at least by the threshold; of equals the earliest. Null where there is none:
   * the document is then kept, and later ones are compared with it.
   */
  matchOrAdd(document: number, signature: Uint16Array, bands: Uint32Array): NearMatch | null {
    const match = this.#match(signature, bands);
    if (match === null) this.#add(document, signature, bands);
    return match;
  }

  #match(signature: Uint16Array, bands: Uint32Array): NearMatch | null {
    const stamp = ++this.#lookups;
    let best = -1;
    let similarity = this.options.threshold;
    for (let band = 0; band < bands.length; band++) {
      let entry = this.#tables[band].get(bands[band]) - 1;
      for (let looked = 0; entry >= 0 && looked < MOST_COMPARED; looked++) {
        if (this.#compared[entry] !== stamp) {
          this.#compared[entry] = stamp;
          const found = signatureSimilarity(signature, 0, this.#signatures, entry * this.#positions, this.#positions);
          if (found > similarity || (found === similarity && (best < 0 || entry < best))) {
            best = entry;
            similarity = found;
          }
        }
        entry = this.#before[entry * bands.length + band] - 1;
      }
    }
    return best < 0 ? null : { document: this.#documents[best], similarity };
  }

  #add(document: number, signature: Uint16Array, bands: Uint32Array): void {
    if (this.#entries === this.#documents.length) this.#reserve(2 * this.#entries);
    const entry = this.#entries++;
    this.#documents[entry] = document;
    this.#signatures.set(signature, entry * this.#positions);
    for (let band = 0; band < bands.length; band++) {
      this.#before[entry * bands.length + band] = this.#tables[band].replace(bands[band], entry + 1);
    }
  }

  #reserve(entries: number): void {
    const grown = <T extends Uint16Array | Uint32Array | Float64Array>(made: T, old: T): T => {
      made.set(old);
      return made;
    };
    this.#before = grown(new Uint32Array(entries * this.options.bands), this.#before);
    this.#signatures = grown(new Uint16Array(entries * this.#positions), this.#signatures);
    this.#documents = grown(new Float64Array(entries), this.#documents);
    this.#compared = grown(new Uint32Array(entries), this.#compared);
  }
}

/** Hash of a band -> entry + 1, in flat memory; a hash is never 0. */
class BandTable {
  #keys = new Uint32Array(256);
  #values = new Uint32Array(256);
  #size = 0;

  get bytes(): number {
    return this.#keys.byteLength + this.#values.byteLength;
  }

  /** 0 where there is none. */
  get(key: number): number {
    return this.#values[this.#slot(key)];
  }

  /** What stood there, 0 for nothing. */
  replace(key: number, value: number): number {
    const slot = this.#slot(key);
    const old = this.#values[slot];
    this.#keys[slot] = key;
    this.#values[slot] = value;
    if (old === 0 && ++this.#size * 2 > this.#keys.length) this.#grow();
    return old;
  }

  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = mixed(key) & mask;
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Uint32Array(keys.length * 2);
    this.#values = new Uint32Array(keys.length * 2);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === 0) continue;
      const slot = this.#slot(keys[i]);
      this.#keys[slot] = keys[i];
      this.#values[slot] = values[i];
    }
  }
}

// The hashes of the pipeline: of texts, and tables of them. Words are hashed by textSurvey.ts. Pure, the same on every machine.
// Not cryptographic: a hostile text can collide on purpose, and then loses itself.

import { TextUnits } from '../textUnits';

const textUnits = new TextUnits();

/** The finaliser of MurmurHash3 (Appleby): every bit of the result depends on every bit of `word`. */
export function mixed(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 64 bits of a text's UTF-16 code units, as two words. */
export function hashText(text: string): readonly [number, number] {
  return hashUnits(textUnits.of(text), text.length);
}

/** hashText of the text that has these units. */
export function hashUnits(units: Uint8Array | Uint16Array, length: number): readonly [number, number] {
  let a = 0x811c9dc5 | 0;
  let b = 0x9747b28c | 0;
  const even = length & ~1;
  // Two units at a time: each product has to wait for the one before.
  for (let i = 0; i < even; i += 2) {
    const pair = units[i] | (units[i + 1] << 16);
    a = Math.imul(a ^ pair, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ pair, 0x5bd1e995);
    b ^= b >>> 13;
  }
  if (even < length) {
    a = Math.imul(a ^ units[even], 0x01000193);
    b = Math.imul(b ^ units[even], 0x5bd1e995);
  }
  return [mixed(a ^ length), mixed(b + length)];
}

/** 64-bit keys, given as two words, and who came with each first; in flat memory. */
export class KeyTable {
  #high = new Uint32Array(1_024);
  #low = new Uint32Array(1_024);
  #owners = new Uint32Array(1_024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return 12 * this.#high.length;
  }

  has(high: number, low: number): boolean {
    const slot = this.#slot(high, low);
    return (this.#high[slot] | this.#low[slot]) !== 0;
  }

  /**
   * @param owner a whole number below 2^32
   * @returns the owner that the key has already; null where this one has it now
   */
  claim(high: number, low: number, owner: number): number | null {
    const slot = this.#slot(high, low);
    if ((this.#high[slot] | this.#low[slot]) !== 0) return this.#owners[slot];
    this.#high[slot] = high;
    // Both words 0 mean an empty slot: that one key is taken for its neighbour.
    this.#low[slot] = (high | low) === 0 ? 1 : low;
    this.#owners[slot] = owner;
    if (++this.#size * 2 > this.#high.length) this.#grow();
    return null;
  }

  #slot(high: number, low: number): number {
    const mask = this.#high.length - 1;
    const stored = ((high | low) === 0 ? 1 : low) >>> 0;
    let slot = mixed(high ^ Math.imul(low, 0x9e3779b1)) & mask;
    while (
      (this.#high[slot] | this.#low[slot]) !== 0 &&
      (this.#high[slot] !== high >>> 0 || this.#low[slot] !== stored)
    )
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [high, low, owners] = [this.#high, this.#low, this.#owners];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(high.length * 2);
    this.#owners = new Uint32Array(high.length * 2);
    for (let i = 0; i < high.length; i++) {
      if ((high[i] | low[i]) === 0) continue;
      const slot = this.#slot(high[i], low[i]);
      this.#high[slot] = high[i];
      this.#low[slot] = low[i];
      this.#owners[slot] = owners[i];
    }
  }
}

// Numbers pairs of whole numbers 0, 1, 2, ... as they come: a hash table with open addressing in typed arrays.
// Pairs of tokens, and (node, character) in a tree of pieces, are looked up here. Nothing is ever removed.

import { GrowableInts } from './growable';

export class PairTable {
  readonly #left = new GrowableInts();
  readonly #right = new GrowableInts();
  /** Index of a pair plus 1, or 0; a power of two long, at most half full. */
  #slots = new Int32Array(4_096);

  get size(): number {
    return this.#left.length;
  }

  left(index: number): number {
    return this.#left.data[index];
  }

  right(index: number): number {
    return this.#right.data[index];
  }

  /** The pair's index, or -1. */
  find(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)] - 1;
  }

  /** The pair's index; a new pair gets the next one. */
  add(left: number, right: number): number {
    const slot = this.#slotOf(left, right);
    const known = this.#slots[slot];
    if (known !== 0) return known - 1;
    this.#left.push(left);
    this.#right.push(right);
    this.#slots[slot] = this.size;
    if (2 * this.size > this.#slots.length) this.#grow();
    return this.size - 1;
  }

  #slotOf(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(left, right) & mask;
    for (;;) {
      const index = this.#slots[slot] - 1;
      if (index < 0 || (this.#left.data[index] === left && this.#right.data[index] === right)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let index = 0; index < this.size; index++) {
      this.#slots[this.#slotOf(this.#left.data[index], this.#right.data[index])] = index + 1;
    }
  }
}

/** Multiplies and shifts as the finaliser of MurmurHash3 does (Appleby 2011), so that near numbers spread. */
function hash(left: number, right: number): number {
  let h = Math.imul(left, 0x9e37_79b1) ^ Math.imul(right, 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2_ae35);
  return (h ^ (h >>> 13)) >>> 0;
}

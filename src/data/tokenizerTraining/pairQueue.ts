// The pair that occurs most often, first: a binary heap of (count, pair) in typed arrays.
// Counts in it may be out of date; whoever takes a pair compares. Ties go to the lower left token, then the lower right one.

import { GrowableFloats, GrowableInts } from './growable';
import type { PairTable } from './pairTable';

export class PairQueue {
  readonly #counts = new GrowableFloats();
  readonly #pairs = new GrowableInts();

  constructor(private readonly table: PairTable) {}

  get size(): number {
    return this.#pairs.length;
  }

  push(pair: number, count: number): void {
    let at = this.size;
    this.#counts.push(count);
    this.#pairs.push(pair);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(pair, count, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, pair, count);
  }

  /** The first entry's pair and the count that it was pushed with; null when there is none. */
  pop(): { readonly pair: number; readonly count: number } | null {
    if (this.size === 0) return null;
    const top = { pair: this.#pairs.data[0], count: this.#counts.data[0] };
    this.#pairs.length--;
    this.#counts.length--;
    const size = this.size;
    if (size === 0) return top;
    const pair = this.#pairs.data[size];
    const count = this.#counts.data[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(this.#pairs.data[child + 1], this.#counts.data[child + 1], child)) child++;
      if (this.#before(pair, count, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, pair, count);
    return top;
  }

  #before(pair: number, count: number, entry: number): boolean {
    const other = this.#pairs.data[entry];
    const difference =
      this.#counts.data[entry] - count ||
      this.table.left(pair) - this.table.left(other) ||
      this.table.right(pair) - this.table.right(other);
    return difference < 0;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#pairs.data[from], this.#counts.data[from]);
  }

  #put(at: number, pair: number, count: number): void {
    this.#pairs.data[at] = pair;
    this.#counts.data[at] = count;
  }
}

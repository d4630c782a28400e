// Words as numbers: all distinct words of a text one after the other in one array, each with how often it occurs.

import { GrowableFloats, GrowableInts } from './growable';

export class SymbolWords {
  readonly #symbols = new GrowableInts();
  readonly #starts = new GrowableInts();
  readonly #counts = new GrowableFloats();

  constructor() {
    this.#starts.push(0);
  }

  /** A word without symbols is left out. */
  add(symbols: Iterable<number>, count: number): void {
    const before = this.#symbols.length;
    for (const symbol of symbols) this.#symbols.push(symbol);
    if (this.#symbols.length === before) return;
    this.#starts.push(this.#symbols.length);
    this.#counts.push(count);
  }

  get size(): number {
    return this.#counts.length;
  }

  /** Symbols of all words. */
  get length(): number {
    return this.#symbols.length;
  }

  /** Where a word starts; start(size) is the end of the last. */
  start(word: number): number {
    return this.#starts.data[word];
  }

  count(word: number): number {
    return this.#counts.data[word];
  }

  symbol(position: number): number {
    return this.#symbols.data[position];
  }

  /** A copy of all symbols. */
  symbols(): Int32Array {
    return this.#symbols.data.slice(0, this.#symbols.length);
  }
}

// Tokens in as few bytes as their vocabulary allows: flat arrays that grow, and go to another thread without a copy. Pure.

export type TokenArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** An array for ids below vocabularySize. */
export function tokenArray(vocabularySize: number, length: number): TokenArray {
  if (vocabularySize <= 256) return new Uint8Array(length);
  return vocabularySize <= 65_536 ? new Uint16Array(length) : new Uint32Array(length);
}

/** An array of the same kind. */
export function tokenArrayLike(kind: TokenArray, length: number): TokenArray {
  if (kind instanceof Uint8Array) return new Uint8Array(length);
  return kind instanceof Uint16Array ? new Uint16Array(length) : new Uint32Array(length);
}

/** Tokens that are appended to. */
export class TokenBuffer {
  length = 0;
  #array: TokenArray;

  constructor(vocabularySize: number) {
    this.#array = tokenArray(vocabularySize, 1 << 16);
  }

  /** The array with room for so many tokens behind `length`; who writes there adds to `length`. */
  reserve(count: number): TokenArray {
    if (this.length + count > this.#array.length) {
      const grown = tokenArrayLike(this.#array, Math.max(this.length + count, 2 * this.#array.length));
      grown.set(this.#array.subarray(0, this.length));
      this.#array = grown;
    }
    return this.#array;
  }

  push(ids: ArrayLike<number>): void {
    this.reserve(ids.length).set(ids, this.length);
    this.length += ids.length;
  }

  /** A copy of what is there. */
  taken(): TokenArray {
    return this.#array.slice(0, this.length);
  }
}

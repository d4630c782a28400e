// All ways to make a word of pieces, at once: the expected number of uses of each piece, and the best way.
// Kudo 2018, "Subword regularization: improving neural network translation models with multiple subword candidates", 3.2.

import { GrowableInts } from './growable';
import { PairTable } from './pairTable';
import type { SymbolWords } from './symbolWords';
import type { Piece } from './unigramSeeds';

export class UnigramLattice {
  /** Tree of pieces: (node, symbol) is child number index + 1; the root is 0. */
  readonly #children = new PairTable();
  /** The piece that ends in a node, or -1. */
  readonly #pieceAt = new GrowableInts();
  /** Edges of the present word, those from earlier places first. */
  readonly #from = new GrowableInts();
  readonly #to = new GrowableInts();
  readonly #piece = new GrowableInts();
  #forward = new Float64Array(64);
  #backward = new Float64Array(64);
  #best = new Int32Array(64);

  /** @param scores log probability of each piece; every symbol must be a piece of its own */
  constructor(
    private readonly words: SymbolWords,
    pieces: readonly Piece[],
    private readonly scores: Float64Array,
  ) {
    this.#pieceAt.push(-1);
    pieces.forEach(({ start, length }, piece) => {
      let node = 0;
      for (let place = start; place < start + length; place++) {
        node = this.#children.add(node, words.symbol(place)) + 1;
        if (node === this.#pieceAt.length) this.#pieceAt.push(-1);
      }
      this.#pieceAt.data[node] = piece;
    });
  }

  /**
   * Adds each piece's expected uses in the stretch, times `weight`, over all ways and by their probability.
   * @returns log probability of the stretch
   */
  addExpected(start: number, end: number, weight: number, expected: Float64Array): number {
    const length = end - start;
    this.#fill(start, end);
    const forward = this.#forward.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    const backward = this.#backward.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    const from = this.#from.data;
    const to = this.#to.data;
    const piece = this.#piece.data;
    const edges = this.#from.length;
    forward[0] = 0;
    for (let e = 0; e < edges; e++) {
      forward[to[e]] = logSum(forward[to[e]], forward[from[e]] + this.scores[piece[e]]);
    }
    backward[length] = 0;
    for (let e = edges - 1; e >= 0; e--) {
      backward[from[e]] = logSum(backward[from[e]], backward[to[e]] + this.scores[piece[e]]);
    }
    const total = forward[length];
    for (let e = 0; e < edges; e++) {
      expected[piece[e]] += weight * Math.exp(forward[from[e]] + this.scores[piece[e]] + backward[to[e]] - total);
    }
    return total;
  }

  /**
   * Pieces of the best way, last first; of equal ones the encoder's: whose last piece is longest.
   * With `parts`, the stretch as one piece does not count; empty where there is no other way.
   */
  best(start: number, end: number, parts = false): readonly number[] {
    const length = end - start;
    this.#fill(start, end);
    const score = this.#forward.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    const edgeTo = this.#best.fill(-1, 0, length + 1);
    const from = this.#from.data;
    const to = this.#to.data;
    score[0] = 0;
    for (let e = 0; e < this.#from.length; e++) {
      if (parts && from[e] === 0 && to[e] === length) continue;
      const reached = score[from[e]] + this.scores[this.#piece.data[e]];
      if (reached > score[to[e]]) {
        score[to[e]] = reached;
        edgeTo[to[e]] = e;
      }
    }
    const pieces: number[] = [];
    for (let at = length; at > 0; ) {
      const e = edgeTo[at];
      if (e < 0) return [];
      pieces.push(this.#piece.data[e]);
      at = from[e];
    }
    return pieces;
  }

  #fill(start: number, end: number): void {
    this.#from.length = this.#to.length = this.#piece.length = 0;
    const needed = end - start + 1;
    if (this.#forward.length < needed) {
      this.#forward = new Float64Array(2 * needed);
      this.#backward = new Float64Array(2 * needed);
      this.#best = new Int32Array(2 * needed);
    }
    for (let place = start; place < end; place++) {
      let node = 0;
      for (let last = place; last < end; last++) {
        node = this.#children.find(node, this.words.symbol(last)) + 1;
        if (node === 0) break;
        const piece = this.#pieceAt.data[node];
        if (piece < 0) continue;
        this.#from.push(place - start);
        this.#to.push(last + 1 - start);
        this.#piece.push(piece);
      }
    }
  }
}

/** log(exp(a) + exp(b)) */
function logSum(a: number, b: number): number {
  const high = Math.max(a, b);
  const low = Math.min(a, b);
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}

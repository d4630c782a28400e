// Learns merges: again and again, the pair of neighbouring tokens that occurs most often becomes one token.
// Sennrich, Haddow and Birch 2016, "Neural machine translation of rare words with subword units", algorithm 1. Instead of
// counting anew after each merge, only the pairs beside a merge change their counts. The slow twin is reference/bytePairs.

import type { Breather } from './breather';
import { GrowableFloats, GrowableInts } from './growable';
import { PairQueue } from './pairQueue';
import { PairTable } from './pairTable';
import type { SymbolWords } from './symbolWords';

export interface MergeRequest {
  /** Words over the alphabet; symbol i is alphabet[i]. */
  readonly words: SymbolWords;
  readonly alphabet: readonly string[];
  /** Tokens, the alphabet among them, to stop at. */
  readonly tokens: number;
  /** Pairs that occur less often are not merged. */
  readonly minFrequency: number;
  /** The merged token's text. */
  readonly join: (left: string, right: string) => string;
  /** Texts that no merge may make. */
  readonly banned: ReadonlySet<string>;
  readonly onMerge: (left: string, right: string, count: number, tokens: number) => void;
}

export interface LearntMerges {
  /** The alphabet, then merged tokens in the order in which they came. Two merges may make the same token. */
  readonly tokens: readonly string[];
  /** Pairs, best first. */
  readonly merges: readonly (readonly [string, string])[];
  /** Tokens of the text after all merges. */
  readonly length: number;
}

/** No token, and no neighbour. */
const NONE = -1;

/**
 * Ties go to the lower left token, then the lower right one, so that the same words give the same merges.
 * @throws LabError `run.cancelled`
 */
export async function learnMerges(request: MergeRequest, breather: Breather): Promise<LearntMerges> {
  const { minFrequency, join, banned, onMerge } = request;
  const state = new MergeState(request.words);
  const tokens = [...request.alphabet];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const merges: (readonly [string, string])[] = [];
  const queue = new PairQueue(state.pairs);
  for (let pair = 0; pair < state.pairs.size; pair++) {
    if (state.count(pair) >= minFrequency) queue.push(pair, state.count(pair));
  }
  while (tokens.length < request.tokens) {
    const top = queue.pop();
    if (top === null) break;
    const { pair } = top;
    const count = state.count(pair);
    if (count !== top.count) {
      if (count >= minFrequency) queue.push(pair, count);
      continue;
    }
    const left = tokens[state.pairs.left(pair)];
    const right = tokens[state.pairs.right(pair)];
    const text = join(left, right);
    if (banned.has(text)) continue;
    let id = idOf.get(text);
    if (id === undefined) {
      id = tokens.length;
      tokens.push(text);
      idOf.set(text, id);
    }
    merges.push([left, right]);
    for (const grown of state.merge(pair, id)) {
      if (state.count(grown) >= minFrequency) queue.push(grown, state.count(grown));
    }
    onMerge(left, right, count, tokens.length);
    if (breather.due()) await breather.breathe();
  }
  return { tokens, merges, length: state.length() };
}

/** The text's words as linked lists of tokens, with each pair's count and the places where it may be. */
class MergeState {
  readonly pairs = new PairTable();
  /** Token at a place; NONE where a neighbour took it up. */
  readonly #token: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #wordOf: Int32Array;
  readonly #counts = new GrowableFloats();
  /** Places of a pair: a list in #placeNext; a place that no longer holds the pair is passed over. */
  readonly #head = new GrowableInts();
  readonly #placeNext = new GrowableInts();
  readonly #place = new GrowableInts();
  /** The merge in which a pair last grew. */
  readonly #grownIn = new GrowableInts();
  #round = 0;

  constructor(private readonly words: SymbolWords) {
    this.#token = words.symbols();
    this.#next = new Int32Array(words.length).fill(NONE);
    this.#previous = new Int32Array(words.length).fill(NONE);
    this.#wordOf = new Int32Array(words.length);
    for (let word = 0; word < words.size; word++) {
      const end = words.start(word + 1);
      for (let place = words.start(word); place < end; place++) {
        this.#wordOf[place] = word;
        if (place + 1 === end) break;
        this.#next[place] = place + 1;
        this.#previous[place + 1] = place;
        this.#grow(this.#token[place], this.#token[place + 1], place);
      }
    }
  }

  count(pair: number): number {
    return this.#counts.data[pair];
  }

  /** Makes each occurrence of the pair one token, from left to right; the pairs that occur more often now. */
  merge(pair: number, id: number): readonly number[] {
    this.#round++;
    const left = this.pairs.left(pair);
    const right = this.pairs.right(pair);
    const grown: number[] = [];
    const note = (index: number) => {
      if (this.#grownIn.data[index] !== this.#round) grown.push(index);
      this.#grownIn.data[index] = this.#round;
    };
    for (const place of this.#placesOf(pair)) {
      const second = this.#next[place];
      if (this.#token[place] !== left || second === NONE || this.#token[second] !== right) continue;
      const before = this.#previous[place];
      const after = this.#next[second];
      if (before !== NONE) this.#shrink(this.#token[before], left, place);
      if (after !== NONE) this.#shrink(right, this.#token[after], place);
      this.#token[place] = id;
      this.#token[second] = NONE;
      this.#next[place] = after;
      if (after !== NONE) this.#previous[after] = place;
      if (before !== NONE) note(this.#grow(this.#token[before], id, before));
      if (after !== NONE) note(this.#grow(id, this.#token[after], place));
    }
    this.#counts.data[pair] = 0;
    this.#head.data[pair] = NONE;
    return grown;
  }

  /** Tokens of the text. */
  length(): number {
    let length = 0;
    for (let place = 0; place < this.#token.length; place++) {
      if (this.#token[place] !== NONE) length += this.words.count(this.#wordOf[place]);
    }
    return length;
  }

  /** In ascending order: in `aaa` the first two are merged, as the encoder does it. */
  #placesOf(pair: number): Int32Array {
    const places = new GrowableInts(64);
    for (let at = this.#head.data[pair]; at !== NONE; at = this.#placeNext.data[at]) places.push(this.#place.data[at]);
    return places.data.subarray(0, places.length).sort();
  }

  #grow(left: number, right: number, place: number): number {
    const pair = this.pairs.add(left, right);
    if (pair === this.#counts.length) {
      this.#counts.push(0);
      this.#head.push(NONE);
      this.#grownIn.push(0);
    }
    this.#counts.data[pair] += this.words.count(this.#wordOf[place]);
    this.#place.push(place);
    this.#placeNext.push(this.#head.data[pair]);
    this.#head.data[pair] = this.#place.length - 1;
    return pair;
  }

  #shrink(left: number, right: number, place: number): void {
    this.#counts.data[this.pairs.find(left, right)] -= this.words.count(this.#wordOf[place]);
  }
}

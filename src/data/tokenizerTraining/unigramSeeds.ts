// The pieces that Unigram training starts from: substrings of words that occur often enough, level by level in length.
// A substring is looked at only where it is frequent without its last character (Agrawal and Srikant 1994, Apriori).

import { GrowableFloats, GrowableInts } from './growable';
import { PairTable } from './pairTable';
import type { SymbolWords } from './symbolWords';

/** A stretch of the words' symbols. */
export interface Piece {
  readonly start: number;
  readonly length: number;
}

/** Longer pieces are rare, and SentencePiece too stops here. */
const MAX_LENGTH = 16;

/**
 * Substrings of 2 to 16 symbols that occur at least `minFrequency` times, those first that cover most of the text:
 * occurrences times length. Substrings that are always followed by the same symbol are left out, since the longer one says
 * more. Occurrences within a word may overlap.
 */
export function unigramSeeds(
  words: SymbolWords,
  alphabet: number,
  minFrequency: number,
  limit: number,
): readonly (Piece & { readonly count: number })[] {
  const wordOf = new Int32Array(words.length);
  for (let word = 0; word < words.size; word++) wordOf.fill(word, words.start(word), words.start(word + 1));
  const seeds: (Piece & { readonly count: number })[] = [];
  // Per place: which substring of the present length begins here, or -1.
  let idAt = words.symbols();
  let level: Level = { counts: new GrowableFloats(), firsts: new GrowableInts() };
  for (let symbol = 0; symbol < alphabet; symbol++) level.counts.push(Number.POSITIVE_INFINITY);
  for (let length = 2; length <= MAX_LENGTH; length++) {
    const table = new PairTable();
    const next: Level = { counts: new GrowableFloats(), firsts: new GrowableInts() };
    const nextIdAt = new Int32Array(words.length).fill(-1);
    for (let place = 0; place + length <= words.length; place++) {
      const word = wordOf[place];
      if (place + length > words.start(word + 1)) continue;
      const prefix = idAt[place];
      if (prefix < 0 || level.counts.data[prefix] < minFrequency) continue;
      const id = table.add(prefix, words.symbol(place + length - 1));
      if (id === next.counts.length) {
        next.counts.push(0);
        next.firsts.push(place);
      }
      next.counts.data[id] += words.count(word);
      nextIdAt[place] = id;
    }
    if (length > 2) collect(seeds, level, length - 1, minFrequency, followed(table, level, next));
    level = next;
    idAt = nextIdAt;
  }
  collect(seeds, level, MAX_LENGTH, minFrequency, new Set());
  return seeds
    .sort((a, b) => b.count * b.length - a.count * a.length || a.length - b.length || a.start - b.start)
    .slice(0, limit);
}

interface Level {
  readonly counts: GrowableFloats;
  /** Where a substring first occurs. */
  readonly firsts: GrowableInts;
}

/** Substrings of the shorter level that one symbol always follows. */
function followed(table: PairTable, level: Level, next: Level): ReadonlySet<number> {
  const always = new Set<number>();
  for (let id = 0; id < table.size; id++) {
    const prefix = table.left(id);
    if (next.counts.data[id] === level.counts.data[prefix]) always.add(prefix);
  }
  return always;
}

function collect(
  seeds: (Piece & { readonly count: number })[],
  { counts, firsts }: Level,
  length: number,
  minFrequency: number,
  left: ReadonlySet<number>,
): void {
  for (let id = 0; id < counts.length; id++) {
    const count = counts.data[id];
    if (count >= minFrequency && !left.has(id)) seeds.push({ start: firsts.data[id], length, count });
  }
}

// Byte-level BPE as GPT-2 does it, fast: words are found by one pass over the characters, each is merged once and then remembered. It gives what
// the tokenizers package gives, and is there only for files that say no more than this; jsonTokenizer.ts asks it first. Pure.

import { byteCharacters } from './byteCharacters';
import { contractionAt, WordClass, wordClasses } from './byteLevelWords';
import { wellFormed } from './decodeText';
import { mixed } from './pipeline/hashes';
import { TextUnits } from './textUnits';
import type { TokenBuffer } from './tokenBuffer';
import { wordPattern } from './tokenizerTraining/wordPatterns';

/** Longer words are merged each time: there are few, and no two alike. */
const LONGEST_REMEMBERED = 26;
/** Merging takes the square of a word's length here: longer ones are for the package, which has a queue. */
const LONGEST_MERGED = 512;
/** Words that are remembered; past them memory begins anew. */
const MOST_WORDS = 1 << 16;
/** More contents of added tokens than this are not looked for in every text. */
const MOST_ADDED = 64;
/** Words of 32 bits of a record, and of them before the word's units. */
const RECORD = 16;
const HEAD = 3;
const NO_MERGE = 0x7fff_ffff;
const SPACE = 32;
const APOSTROPHE = 39;

export class ByteLevelEncoder {
  /** [256]: id of each byte's token. */
  readonly #bytes: Uint32Array;
  /** left * vocabulary size + right -> rank and id of what they become. */
  readonly #merges: ReadonlyMap<number, { readonly rank: number; readonly id: number }>;
  readonly #added: readonly string[];
  /**
   * [slots, RECORD] by the hash of a word, open addressing; a record is a line of the processor's cache: hash, length (upper half) and count of
   * ids, the id (where there is one) or the place of the ids, and the units of the word.
   */
  readonly #records = new Uint32Array(2 * MOST_WORDS * RECORD);
  readonly #units = new Uint16Array(this.#records.buffer);
  #count = 0;
  #ids = new Uint32Array(1 << 16);
  #idCount = 0;
  readonly #text = new TextUnits();
  readonly #encoder = new TextEncoder();

  private constructor(
    private readonly vocabularySize: number,
    { bytes, merges, added }: Model,
  ) {
    this.#bytes = bytes;
    this.#merges = merges;
    this.#added = added;
  }

  /** Null for a tokenizer.json that does anything else. @param json checked, as tokenizerJsonCheck.ts does */
  static of(json: Readonly<Record<string, unknown>>, vocabularySize: number): ByteLevelEncoder | null {
    const model = byteLevelModel(json, vocabularySize);
    return model === null ? null : new ByteLevelEncoder(vocabularySize, model);
  }

  /** Appends the ids of a text; a lone surrogate counts as U+FFFD. False, and nothing is appended, for an added token or a very long word in it. */
  encodeInto(text: string, tokens: TokenBuffer): boolean {
    for (const content of this.#added) if (text.includes(content)) return false;
    const before = tokens.length;
    if (this.#scan(text, tokens)) return true;
    tokens.length = before;
    const whole = wellFormed(text);
    const units = this.#text.of(whole);
    for (const { index, 0: word } of whole.matchAll(wordPattern('byte-level-bpe'))) {
      if (word.length > LONGEST_MERGED) {
        tokens.length = before;
        return false;
      }
      this.#word(units, index, index + word.length, tokens);
    }
    return true;
  }

  /** False where a character of two units, or a very long word, is met. */
  #scan(text: string, tokens: TokenBuffer): boolean {
    const classes = wordClasses();
    const units = this.#text.of(text);
    const { length } = text;
    for (let start = 0; start < length; ) {
      const unit = units[start];
      let end = unit === APOSTROPHE ? contractionAt(text, start) : start;
      if (end === start) {
        // One space may stand before letters, before numbers and before other signs.
        if (unit === SPACE) end++;
        const kind = end < length ? classes[units[end]] : WordClass.space;
        if (kind === WordClass.half) return false;
        if (kind === WordClass.space) end = start;
        do end++;
        while (end < length && classes[units[end]] === kind);
        // White space leaves its last character to the word behind it.
        if (kind === WordClass.space && end < length && end - start > 1) end--;
      }
      if (end - start > LONGEST_MERGED) return false;
      this.#word(units, start, end, tokens);
      start = end;
    }
    return true;
  }

  #word(text: Uint16Array, start: number, end: number, tokens: TokenBuffer): void {
    const length = end - start;
    if (length > LONGEST_REMEMBERED) {
      tokens.push(this.#merged(text.subarray(start, end)));
      return;
    }
    let units = 0x811c9dc5;
    for (let i = start; i < end; i++) units = Math.imul(units ^ text[i], 0x01000193);
    const hash = mixed(units);
    const records = this.#records;
    let slot = this.#slotOf(hash);
    for (; records[slot + 1] !== 0; slot = (slot + RECORD) & (records.length - 1)) {
      if (records[slot] !== hash || records[slot + 1] >>> 16 !== length || !this.#isWord(text, start, slot, length))
        continue;
      const count = records[slot + 1] & 0xffff;
      const array = tokens.reserve(count);
      const at = tokens.length;
      const from = records[slot + 2];
      if (count === 1) array[at] = from;
      else for (let i = 0; i < count; i++) array[at + i] = this.#ids[from + i];
      tokens.length = at + count;
      return;
    }
    const word = text.subarray(start, end);
    const ids = this.#merged(word);
    tokens.push(ids);
    this.#remember(word, hash, ids, slot);
  }

  #slotOf(hash: number): number {
    return (hash & (2 * MOST_WORDS - 1)) * RECORD;
  }

  #isWord(text: Uint16Array, start: number, slot: number, length: number): boolean {
    const place = 2 * (slot + HEAD);
    for (let i = 0; i < length; i++) if (this.#units[place + i] !== text[start + i]) return false;
    return true;
  }

  /** @param free where its record goes */
  #remember(word: Uint16Array, hash: number, ids: Uint32Array, free: number): void {
    let slot = free;
    if (this.#count === MOST_WORDS) {
      this.#records.fill(0);
      this.#count = 0;
      this.#idCount = 0;
      slot = this.#slotOf(hash);
    }
    this.#count++;
    this.#records[slot] = hash;
    this.#records[slot + 1] = (word.length << 16) | ids.length;
    this.#records[slot + 2] = ids.length === 1 ? ids[0] : this.#idCount;
    this.#units.set(word, 2 * (slot + HEAD));
    if (ids.length === 1) return;
    if (this.#idCount + ids.length > this.#ids.length) {
      const grown = new Uint32Array(2 * this.#ids.length);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    this.#ids.set(ids, this.#idCount);
    this.#idCount += ids.length;
  }

  /** The merge of the lowest rank first, of equals the leftmost (Sennrich et al. 2016, algorithm 1). */
  #merged(word: Uint16Array): Uint32Array {
    const bytes = this.#encoder.encode(String.fromCharCode(...word));
    const ids = Uint32Array.from(bytes, (byte) => this.#bytes[byte]);
    let { length } = ids;
    for (;;) {
      let rank = NO_MERGE;
      let place = -1;
      let joined = 0;
      for (let i = 0; i + 1 < length; i++) {
        const merge = this.#merges.get(ids[i] * this.vocabularySize + ids[i + 1]);
        if (merge === undefined || merge.rank >= rank) continue;
        rank = merge.rank;
        place = i;
        joined = merge.id;
      }
      if (place < 0) return ids.subarray(0, length);
      ids[place] = joined;
      ids.copyWithin(place + 1, place + 2, length--);
    }
  }
}

interface Model {
  readonly bytes: Uint32Array;
  readonly merges: ReadonlyMap<number, { readonly rank: number; readonly id: number }>;
  readonly added: readonly string[];
}

function byteLevelModel(json: Readonly<Record<string, unknown>>, vocabularySize: number): Model | null {
  const { model, pre_tokenizer: splitter, added_tokens: addedTokens } = json;
  if (!isRecord(model) || !isRecord(splitter) || !isRecord(model['vocab']) || !Array.isArray(model['merges']))
    return null;
  const plain = ['end_of_word_suffix', 'continuing_subword_prefix', 'continuing_subword_suffix'].every(
    (name) => !model[name],
  );
  if (!plain || model['byte_fallback'] === true || model['ignore_merges'] === true) return null;
  if ((json['normalizer'] ?? null) !== null || splitter['type'] !== 'ByteLevel') return null;
  if (splitter['add_prefix_space'] === true || splitter['use_regex'] === false) return null;
  const added = Array.isArray(addedTokens)
    ? addedTokens.map((entry: unknown) => (isRecord(entry) ? entry['content'] : ''))
    : [];
  const contents = added.filter((content): content is string => typeof content === 'string' && content !== '');
  if (contents.length !== added.length || contents.length > MOST_ADDED) return null;
  const ids = new Map(Object.entries(model['vocab']));
  const bytes = byteCharacters().map((character) => ids.get(character));
  if (!bytes.every((id) => typeof id === 'number')) return null;
  const merges = new Map<number, { rank: number; id: number }>();
  for (const [rank, merge] of model['merges'].entries()) {
    const [left, right]: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    if (typeof left !== 'string' || typeof right !== 'string') return null;
    const [a, b, id] = [ids.get(left), ids.get(right), ids.get(left + right)];
    if (typeof a !== 'number' || typeof b !== 'number' || typeof id !== 'number') return null;
    // Of a merge that stands twice the package takes the last.
    merges.set(a * vocabularySize + b, { rank, id });
  }
  return { bytes: Uint32Array.from(bytes), merges, added: contents };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

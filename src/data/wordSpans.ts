// Words of a text with the characters they stand at, and the tokens of each: how a span of tokens becomes a span of the text and back.
// Words are BERT's (Devlin et al. 2019: white space, single punctuation marks, single Chinese characters), or, of a byte-level tokenizer, what it
// never joins: letters, digits or signs with the space before them (Radford et al. 2019, section 2.2). Pure.

import { wellFormed } from './decodeText';
import { JsonTokenizer } from './jsonTokenizer';
import type { Tokenizer } from './tokenizer';
import { invalidTokenizer } from './tokenizerJsonCheck';

export interface WordSpan {
  /** Characters of the text, `end` past the last one. */
  readonly start: number;
  readonly end: number;
}

export interface EncodedWords {
  /** Without special tokens. */
  readonly ids: Uint32Array;
  /** Which word each token is of. */
  readonly wordOf: Uint32Array;
  readonly words: readonly WordSpan[];
}

const CHINESE =
  '\\u{4e00}-\\u{9fff}\\u{3400}-\\u{4dbf}\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}\\u{2b740}-\\u{2b81f}\\u{2b820}-\\u{2ceaf}\\u{f900}-\\u{faff}\\u{2f800}-\\u{2fa1f}';
const PUNCTUATION = '\\p{P}!-\\/:-@\\[-`{-~';
const WORD = `[${PUNCTUATION}${CHINESE}]|[^\\s${PUNCTUATION}${CHINESE}]+`;
const STRETCHES = '\\S+';
/** @param mark what signs must not run into */
const byteLevel = (mark: string): string =>
  `'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}+| ?(?:(?!${mark})[^\\s\\p{L}\\p{N}])+|\\s+(?!\\S)|\\s+`;
/** Words whose tokens are remembered. */
const REMEMBERED = 100_000;

/** Encodes texts word by word; words that come again are looked up. */
export class WordEncoder {
  private readonly known = new Map<string, Uint32Array>();

  private readonly patterns: readonly RegExp[];
  /** A text is read as if a space were before it: what goes on within it must not be. */
  private readonly prefixes: boolean;

  constructor(private readonly tokenizer: Tokenizer) {
    const special = tokenizer instanceof JsonTokenizer ? tokenizer.specialTokens : [];
    const written = special.map(({ content }) => content.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    this.patterns = [
      [...written, WORD],
      [STRETCHES],
      // A mark may take the space before it along.
      [...written.map((mark) => `\\s*${mark}`), byteLevel(written.join('|') || '(?!)')],
    ].map((alternatives) => new RegExp(alternatives.join('|'), 'gu'));
    this.prefixes = tokenizer.encode('a').join() === tokenizer.encode(' a').join();
  }

  /**
   * The tokens of the whole text, each with its word.
   * @throws LabError `tokenizer.invalid` where a tokenizer takes words together, so that its tokens cannot be found in the text
   */
  encode(text: string): EncodedWords {
    const clean = wellFormed(text);
    const whole = this.tokenizer.encode(clean);
    for (const [index, pattern] of this.patterns.entries()) {
      const found = this.byWords(clean, pattern, this.prefixes && index === this.patterns.length - 1);
      if (found.ids.length === whole.length && found.ids.every((id, t) => id === whole[t])) return found;
    }
    throw invalidTokenizer(
      'The tokens of this tokenizer cannot be found again in the text.',
      'It does not take words one by one, as BERT’s WordPiece does.',
    );
  }

  /** Space that is a token belongs to the word before it. */
  private byWords(text: string, pattern: RegExp, prefixed: boolean): EncodedWords {
    const words: WordSpan[] = [];
    const ids: number[] = [];
    const wordOf: number[] = [];
    for (const { index, 0: found } of text.matchAll(pattern)) {
      const word = found.trimStart();
      const start = index + found.length - word.length;
      if (word !== '') words.push({ start, end: start + word.length });
      for (const id of prefixed && index > 0 && !found.startsWith(' ') ? this.within(found) : this.wordTokens(found)) {
        ids.push(id);
        wordOf.push(Math.max(0, words.length - 1));
      }
    }
    if (words.length === 0 && ids.length > 0) words.push({ start: 0, end: text.length });
    return { ids: Uint32Array.from(ids), wordOf: Uint32Array.from(wordOf), words };
  }

  /** A word that follows another without a space: read behind one of another kind, which it is not joined to. */
  private within(word: string): Uint32Array {
    const other = /^\p{L}/u.test(word) ? '0' : 'a';
    return this.wordTokens(other + word).subarray(this.wordTokens(other).length);
  }

  private wordTokens(word: string): Uint32Array {
    const known = this.known.get(word);
    if (known) return known;
    const tokens = this.tokenizer.encode(word);
    if (this.known.size < REMEMBERED) this.known.set(word, tokens);
    return tokens;
  }
}

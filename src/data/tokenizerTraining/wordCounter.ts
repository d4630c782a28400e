// Counts a text's words while it streams by: the counts are kept, the text is not. Words are what the tokenizer's own
// pre-tokenizer will make of the text, so that what is learnt is what will be encoded.

import type { TokenizerKind } from '../../core/tokenizerRecords';
import { wellFormed } from '../decodeText';
import { wordPattern } from './wordPatterns';

/** A stretch without a place to cut is cut all the same here, so that memory stays flat. */
const MAX_STRETCH = 1 << 20;
/** Distinct words that are kept, about half a GB of them; English has a twentieth of that in a GB. */
const MAX_WORDS = 4_000_000;

export class WordCounter {
  readonly #counts = new Map<string, number>();
  readonly #pattern: RegExp;
  readonly #special: RegExp | null;
  /** Text after the last cut. */
  #rest = '';
  #bytes = 0;

  #rarest = 0;

  constructor(
    kind: TokenizerKind,
    specialTokens: readonly string[],
    private readonly maxWords = MAX_WORDS,
  ) {
    this.#pattern = wordPattern(kind);
    // The encoder takes the longest special token that begins at a place.
    const longestFirst = [...specialTokens].sort((a, b) => b.length - a.length);
    this.#special =
      longestFirst.length === 0 ? null : new RegExp(longestFirst.map((token) => escaped(token)).join('|'), 'u');
  }

  /** The next piece of a document, wherever it was cut: even within a surrogate pair or a special token. */
  push(piece: string): void {
    this.#rest += piece;
    const cut = this.#lastCut();
    if (cut === 0) return;
    this.#count(this.#rest.slice(0, cut));
    this.#rest = this.#rest.slice(cut);
  }

  /** No word goes from one document into the next. */
  endDocument(): void {
    this.#count(this.#rest);
    this.#rest = '';
  }

  /** Occurrences of each word, in the order in which they first came. Call endDocument() before. */
  get words(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /**
   * Words that occurred this often or less at some time may have been forgotten, since there were too many to keep; 0 where
   * none was.
   */
  get rarest(): number {
    return this.#rarest;
  }

  /** UTF-8 bytes of the text without its special tokens. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where the text so far can be cut without changing its words: in front of a lone space or line end. */
  #lastCut(): number {
    const text = this.#rest;
    for (let at = text.length - 2; at > 0; at--) {
      const code = text.charCodeAt(at);
      const apart =
        code === 0x20
          ? /\p{L}/u.test(text[at - 1]) && /\p{L}/u.test(text[at + 1])
          : code === 0x0a && /\S/.test(text[at - 1]) && /\S/.test(text[at + 1]);
      if (apart) return at;
    }
    if (text.length < MAX_STRETCH) return 0;
    // Half stays: a special token or a surrogate pair that the piece's end cuts is whole in the other half.
    const half = text.length >> 1;
    return text.codePointAt(half - 1) === text.charCodeAt(half - 1) ? half : half + 1;
  }

  #count(text: string): void {
    for (const section of this.#special === null ? [text] : text.split(this.#special)) {
      const clean = wellFormed(section);
      this.#bytes += utf8Length(clean);
      for (const [word] of clean.matchAll(this.#pattern)) {
        const known = this.#counts.get(word);
        if (known !== undefined) this.#counts.set(word, known + 1);
        else this.#learn(word);
      }
    }
  }

  /** Where there is no room, the rarest words make it (after Manku and Motwani 2002, lossy counting). */
  #learn(word: string): void {
    while (this.#counts.size >= this.maxWords) {
      this.#rarest++;
      for (const [each, count] of this.#counts) if (count <= this.#rarest) this.#counts.delete(each);
    }
    this.#counts.set(detached(word), 1);
  }
}

/** A copy: V8 keeps the whole text alive for a slice of 13 or more characters. */
function detached(word: string): string {
  return word.length < 13 ? word : decoder.decode(encoder.encode(word));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // A surrogate pair is 2 characters and 4 bytes.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

// What every tokenizer can do. Types only.

import type { TokenizerSpec } from '../core/records';
import type { TokenBuffer } from './tokenBuffer';

export interface Tokenizer {
  /** Ids are 0 to vocabularySize - 1. */
  readonly vocabularySize: number;
  /** What createTokenizer makes this tokenizer from again. */
  readonly spec: TokenizerSpec;
  /**
   * Ids of a text; a lone surrogate counts as U+FFFD. What the vocabulary cannot express is left out: the result of
   * encodeCounted says how much. No special tokens are added.
   */
  encode(text: string): Uint32Array;
  encodeCounted(text: string): Encoded;
  /** Appends the ids of a text. @param bytes the text where every character is one byte @returns code points that no token stands for */
  encodeInto(text: string, tokens: TokenBuffer, bytes?: Uint8Array | null): number;
  /** Text of ids; '' for none. Ids past the vocabulary are left out. Special tokens give no text. */
  decode(ids: ArrayLike<number>): string;
}

export interface Encoded {
  readonly ids: Uint32Array;
  /** Code points that no token stands for, dropped. */
  readonly dropped: number;
}

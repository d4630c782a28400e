// Text of tokens as they arrive: only whole characters are handed out, never half of one. Pure.

import type { Tokenizer } from './tokenizer';

export interface StreamDecoder {
  /** The text that this token completes; '' while a character is unfinished. */
  push(id: number): string;
  /** What is still held back, broken characters as U+FFFD. */
  flush(): string;
}

/** A character has at most 4 bytes, so that only tokens that never make one wait for longer than this. */
const LONGEST_WAIT = 16;

/**
 * Decodes over a sliding window: the text of the last tokens with and without the new ones, whose difference is new text.
 * So decoders that join words with spaces see a word before the new one. Costs O(1) a token.
 */
export function createStreamDecoder(tokenizer: Tokenizer): StreamDecoder {
  let shown: number[] = [];
  let pending: number[] = [];
  const take = (force: boolean): string => {
    const before = tokenizer.decode(shown);
    const after = tokenizer.decode([...shown, ...pending]);
    const unfinished = after.endsWith('\ufffd') && pending.length < LONGEST_WAIT;
    if (pending.length === 0 || (unfinished && !force)) return '';
    const text = after.slice(before.length);
    // Tokens without text stay in the window, or the next would look like the first, which may lose its space.
    shown = text === '' ? [...shown, ...pending] : pending;
    pending = [];
    return text;
  };
  return {
    push(id) {
      pending.push(id);
      return take(false);
    },
    flush: () => take(true),
  };
}

// What a guessed language is called in the reader's own. Pure.

import type { Language } from '../stores/viewStore';

interface LanguageWords {
  /** Of `und`. */
  readonly unknown: string;
  /** Of `code`, which is no language that Intl knows: it throws for what cannot be a code. */
  readonly code: string;
}

/** @param guess as the stage `language` writes it */
export function languageName(guess: string, reader: Language, words: LanguageWords): string {
  if (guess === 'und') return words.unknown;
  if (guess === 'code') return words.code;
  const names = new Intl.DisplayNames([reader === 'zh' ? 'zh-CN' : 'en-GB'], { type: 'language', fallback: 'code' });
  return /^[a-z]{2,3}$/.test(guess) ? (names.of(guess) ?? guess) : guess;
}

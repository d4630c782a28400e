// How each kind of tokenizer takes a text apart before anything is learnt; no token goes across these borders.

import type { TokenizerKind } from '../../core/tokenizerRecords';

/** GPT-2's words, as ByteLevel with use_regex splits them (Radford et al. 2019, encoder.py). */
const BYTE_LEVEL = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Unigram's words, also in the tokenizer.json: letters with their marks, numbers, other signs, each with the space in front
 * of it; runs of white space. The space stays a space: nothing is replaced, so what is known comes back as it was.
 */
export const unigramWords = ' ?[\\p{L}\\p{M}]+| ?\\p{N}+| ?[^\\s\\p{L}\\p{M}\\p{N}]+|\\s+(?!\\S)|\\s+';

/** What certainly lies between two words for BERT's pre-tokenizer too; it splits further, see bertWords. */
const BETWEEN_SPACES = /[^ \t\n\r]+/gu;

export function wordPattern(kind: TokenizerKind): RegExp {
  switch (kind) {
    case 'byte-level-bpe':
      return BYTE_LEVEL;
    case 'wordpiece':
      return BETWEEN_SPACES;
    case 'unigram':
      return new RegExp(unigramWords, 'gu');
  }
}

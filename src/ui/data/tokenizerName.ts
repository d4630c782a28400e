// What a trained tokenizer is called: the name that it was given, else its kind and size. Pure.

import type { KeptTokenizer } from '../../workers/tokenizerProtocol';
import type { DataDictionary } from '../i18n/dataEn';
import type { Format } from '../i18n/format';

type Words = Pick<DataDictionary['tokenizer'], 'made' | 'kinds'>;

export function tokenizerName(tokenizer: KeptTokenizer, words: Words, format: Format): string {
  return tokenizer.name ?? kindAndSize(tokenizer, words, format);
}

export function kindAndSize({ kind, vocabularySize }: KeptTokenizer, words: Words, format: Format): string {
  return words.made(words.kinds[kind], format.integer(vocabularySize));
}

// The words, terms and number formats of the language in use. The only way by which components get text.

import { type Language, useView, viewStore } from '../stores/viewStore';
import { type Dictionary, en } from './en';
import { type Format, formatFor } from './format';
import { type TermId, type TermTexts, termsEn } from './termsEn';
import { termsZh } from './termsZh';
import { zh } from './zh';

export interface Texts {
  readonly language: Language;
  readonly t: Dictionary;
  readonly terms: TermTexts;
  readonly format: Format;
  termName(id: TermId): string;
}

const tables: Record<Language, Texts> = { en: makeTexts('en', en, termsEn), zh: makeTexts('zh', zh, termsZh) };

export function useText(): Texts {
  return tables[useView((state) => state.language)];
}

/** For code outside components; does not follow a later change of language. */
export function currentTexts(): Texts {
  return tables[viewStore.getState().language];
}

function makeTexts(language: Language, t: Dictionary, terms: TermTexts): Texts {
  return { language, t, terms, format: formatFor(language), termName: (id) => terms[id][0] };
}

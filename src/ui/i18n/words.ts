// The words of each language in a file of its own, fetched when the page first needs them. It remembers what came; what to show is useText's business.

import type { Language } from '../stores/viewStore';
import type { Dictionary } from './en';
import type { TermTexts } from './termsEn';

export interface Words {
  readonly t: Dictionary;
  readonly terms: TermTexts;
}

const fetches: Readonly<Record<Language, () => Promise<Words>>> = {
  en: async () => (await import('./english')).english,
  zh: async () => (await import('./chinese')).chinese,
};

const fetched = new Map<Language, Words>();

export function knownWords(language: Language): Words | undefined {
  return fetched.get(language);
}

/** @throws what the browser says of a file that did not come; it is fetched anew when it is asked for again */
export async function fetchWords(language: Language): Promise<Words> {
  const words = fetched.get(language) ?? (await fetches[language]());
  fetched.set(language, words);
  return words;
}

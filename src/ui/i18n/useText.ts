// The words, terms and number formats of the language that the page is in. The only way by which components get text. A language is shown once its
// words are there, so the page is never in half of one; what is shown is decided in followLanguage.ts.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { LabError } from '../../core/errors';
import type { Language } from '../stores/viewStore';
import type { Dictionary } from './en';
import { type Format, formatFor } from './format';
import type { TermId, TermTexts } from './termsEn';
import type { Words } from './words';

export interface Texts {
  readonly language: Language;
  readonly t: Dictionary;
  readonly terms: TermTexts;
  readonly format: Format;
  termName(id: TermId): string;
}

interface TextStoreState {
  /** Null until the first language is there. */
  readonly shown: Texts | null;
  /** A language that was chosen and whose words did not come. */
  readonly failed: Language | null;
}

export const textStore = createStore<TextStoreState>()(() => ({ shown: null, failed: null }));

/** To be used in components that are drawn once a language is there. */
export function useText(): Texts {
  return useStore(textStore, shownTexts);
}

/** For code outside components; does not follow a later change of language. */
export function currentTexts(): Texts {
  return shownTexts(textStore.getState());
}

export function makeTexts(language: Language, { t, terms }: Words): Texts {
  return { language, t, terms, format: formatFor(language), termName: (id) => terms[id][0] };
}

export function isTermId(name: string, { terms }: Texts): name is TermId {
  return Object.hasOwn(terms, name);
}

function shownTexts({ shown }: TextStoreState): Texts {
  if (shown === null)
    throw new LabError({ code: 'internal', message: 'The page was drawn before its words were there' });
  return shown;
}

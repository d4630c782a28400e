// Shows the page in the language that viewStore asks for: as soon as its words are there, and until then, or where they do not come, in the one it is
// in. The choice then goes back, with a notice that offers to try again. It fetches words and draws nothing.

import { whenIdle } from '../idle';
import { type Language, languages, viewStore } from '../stores/viewStore';
import { currentTexts, makeTexts, textStore } from './useText';
import { fetchWords, knownWords, type Words } from './words';

/** Resolves when the page can be drawn. @throws what the browser says, where no language came at all */
export async function followLanguage(): Promise<void> {
  const { language: wanted } = viewStore.getState();
  try {
    show(wanted, await fetchWords(wanted));
  } catch (error) {
    const [other] = languages.filter((language) => language !== wanted);
    const words = await fetchWords(other).catch(() => {
      throw error;
    });
    show(other, words);
    giveUp(wanted);
  }
  viewStore.subscribe(({ language }, before) => {
    if (language !== before.language) void change(language);
  });
  // Another choice meanwhile.
  void change(viewStore.getState().language);
}

/** The other language too, so that changing to it needs no server any more. */
export function fetchLanguagesAhead(): void {
  whenIdle(() => {
    // One that does not come is fetched again when it is chosen.
    for (const language of languages) fetchWords(language).catch(() => undefined);
  });
}

async function change(language: Language): Promise<void> {
  if (language === currentTexts().language) return;
  const known = knownWords(language);
  if (known !== undefined) {
    show(language, known);
    return;
  }
  const isWanted = () => viewStore.getState().language === language;
  try {
    const words = await fetchWords(language);
    if (isWanted()) show(language, words);
  } catch {
    if (isWanted()) giveUp(language);
  }
}

function show(language: Language, words: Words): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  textStore.setState({ shown: makeTexts(language, words), failed: null });
}

function giveUp(language: Language): void {
  viewStore.setState({ language: currentTexts().language });
  textStore.setState({ failed: language });
}

// The page's language changes when its words are there, the last choice wins, and words that do not come leave the page as it is.

import { beforeEach, expect, test, vi } from 'vitest';
import type { Words } from './words';

interface Fetch {
  readonly language: string;
  readonly answer: (came: boolean) => void;
}
const fetches = vi.hoisted(() => ({ waiting: [] as Fetch[], known: new Map<string, Words>() }));

vi.mock('./words', async () => {
  const { english } = await import('./english');
  const { chinese } = await import('./chinese');
  return {
    knownWords: (language: string) => fetches.known.get(language),
    fetchWords: (language: string) =>
      new Promise<Words>((resolve, reject) => {
        const answer = (came: boolean): void => {
          if (!came) {
            reject(new Error('no network'));
            return;
          }
          const words = language === 'en' ? english : chinese;
          fetches.known.set(language, words);
          resolve(words);
        };
        fetches.waiting.push({ language, answer });
      }),
  };
});

async function opened(language: 'en' | 'zh') {
  vi.resetModules();
  fetches.waiting.length = 0;
  fetches.known.clear();
  vi.stubGlobal('navigator', { language });
  vi.stubGlobal('document', { documentElement: { lang: '' } });
  const { viewStore } = await import('../stores/viewStore');
  const { textStore } = await import('./useText');
  const { followLanguage } = await import('./followLanguage');
  viewStore.setState({ language });
  const first = followLanguage();
  const answer = async (wanted: string, came: boolean): Promise<void> => {
    const at = fetches.waiting.findIndex((each) => each.language === wanted);
    expect(at, `${wanted} was asked for`).toBeGreaterThanOrEqual(0);
    fetches.waiting.splice(at, 1)[0].answer(came);
    await new Promise((resolve) => setTimeout(resolve));
  };
  const state = () => ({
    shown: textStore.getState().shown?.language ?? null,
    failed: textStore.getState().failed,
    chosen: viewStore.getState().language,
    lang: document.documentElement.lang,
  });
  return { first, answer, state, choose: (next: 'en' | 'zh') => viewStore.setState({ language: next }) };
}

beforeEach(() => {
  vi.unstubAllGlobals();
});

test('nothing is shown before its words are there; then the old language until the new one is whole', async () => {
  const page = await opened('zh');
  expect(page.state()).toMatchObject({ shown: null });
  await page.answer('zh', true);
  await page.first;
  expect(page.state()).toEqual({ shown: 'zh', failed: null, chosen: 'zh', lang: 'zh-CN' });
  page.choose('en');
  expect(page.state()).toMatchObject({ shown: 'zh', chosen: 'en', lang: 'zh-CN' });
  await page.answer('en', true);
  expect(page.state()).toEqual({ shown: 'en', failed: null, chosen: 'en', lang: 'en' });
  // What was fetched once is shown at once.
  page.choose('zh');
  expect(page.state()).toEqual({ shown: 'zh', failed: null, chosen: 'zh', lang: 'zh-CN' });
});

test('a language that does not come is said, the choice goes back, and a second try may succeed', async () => {
  const page = await opened('en');
  await page.answer('en', true);
  await page.first;
  page.choose('zh');
  await page.answer('zh', false);
  expect(page.state()).toEqual({ shown: 'en', failed: 'zh', chosen: 'en', lang: 'en' });
  page.choose('zh');
  await page.answer('zh', true);
  expect(page.state()).toEqual({ shown: 'zh', failed: null, chosen: 'zh', lang: 'zh-CN' });
});

test('who changes their mind meanwhile is not overruled by words that come late', async () => {
  const page = await opened('en');
  await page.answer('en', true);
  await page.first;
  page.choose('zh');
  page.choose('en');
  await page.answer('zh', true);
  expect(page.state()).toEqual({ shown: 'en', failed: null, chosen: 'en', lang: 'en' });
});

test('at the start the other language stands in; without any there is no page', async () => {
  const page = await opened('zh');
  await page.answer('zh', false);
  await page.answer('en', true);
  await page.first;
  expect(page.state()).toEqual({ shown: 'en', failed: 'zh', chosen: 'en', lang: 'en' });
  const none = await opened('zh');
  const refused = expect(none.first).rejects.toThrow('no network');
  await none.answer('zh', false);
  await none.answer('en', false);
  await refused;
});

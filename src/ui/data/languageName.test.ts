import { expect, test } from 'vitest';
import { languageName } from './languageName';

test('every guess has a name, source code and what nobody knows among them', () => {
  const words = { unknown: 'not recognised', code: 'source code' };
  const names = ['en', 'zh', 'und', 'code', 'xx', 'not a code'].map((guess) => languageName(guess, 'en', words));
  expect(names).toEqual(['English', 'Chinese', 'not recognised', 'source code', 'xx', 'not a code']);
  expect(languageName('en', 'zh', words)).toBe('英语');
});

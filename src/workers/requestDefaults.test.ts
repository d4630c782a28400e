// What a request leaves out: the folder's settings first, then the lab's.

import { expect, test } from 'vitest';
import { withDefaults } from './requestDefaults';

test('a request goes before the folder, the folder before the lab', () => {
  const prompt = { prompt: 'x', seed: 1 };
  expect(withDefaults(prompt, null, 3)).toEqual({ request: { ...prompt, maxTokens: 64 }, fromFolder: [] });
  const defaults = { settings: { temperature: 1, topK: 50 }, maxLength: 20, notFollowed: [] };
  const { request, fromFolder } = withDefaults({ ...prompt, temperature: 0.2 }, defaults, 3);
  expect(request).toEqual({ ...prompt, temperature: 0.2, topK: 50, maxTokens: 17 });
  expect(fromFolder).toEqual([
    { field: 'maxTokens', value: '17' },
    { field: 'topK', value: '50' },
  ]);
});

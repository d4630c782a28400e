// generation_config.json as transformers writes it: what is drawn by, and what is named as not followed.

import { expect, test } from 'vitest';
import { readGenerationDefaults } from './generationConfig';

function defaultsOf(config: unknown) {
  const bytes = new TextEncoder().encode(JSON.stringify(config));
  return readGenerationDefaults({ config: {}, files: [{ name: 'generation_config.json', bytes }] });
}

const silent = { _from_model_config: true, bos_token_id: 0, eos_token_id: [0, 2], use_cache: true, pad_token_id: null };

test('a folder without the file says nothing; one whose fields change no text says nothing either', () => {
  expect(readGenerationDefaults({ config: {}, files: [] })).toBeNull();
  const neutral = { ...silent, num_beams: 1, no_repeat_ngram_size: 0, typical_p: 1, suppress_tokens: null };
  expect(defaultsOf(neutral)).toEqual({ settings: {}, maxLength: null, notFollowed: [] });
});

test('sampling is what transformers draws by: its own temperature and top-k where the file leaves them out', () => {
  expect(defaultsOf({ ...silent, do_sample: true })?.settings).toEqual({ temperature: 1, topK: 50 });
  const all = {
    ...{ do_sample: true, temperature: 0.7, top_k: 20, top_p: 0.8, min_p: 0.05 },
    ...{ repetition_penalty: 1.1, max_new_tokens: 32, max_length: 99, stop_strings: 'END' },
  };
  expect(defaultsOf(all)).toEqual({
    settings: {
      ...{ temperature: 0.7, topK: 20, topP: 0.8, minP: 0.05 },
      ...{ repetitionPenalty: 1.1, maxTokens: 32, stop: ['END'] },
    },
    maxLength: null,
    notFollowed: [],
  });
  expect(defaultsOf({ do_sample: false, temperature: 0.7 })?.settings).toEqual({ temperature: 0 });
  const searched = { num_beams: 4, length_penalty: 0.5, early_stopping: 'never' };
  expect(defaultsOf(searched)?.settings).toEqual({ beams: 4, lengthPenalty: 0.5, earlyStopping: 'never' });
  expect(defaultsOf({ ...searched, do_sample: true })).toEqual({
    settings: { temperature: 1, topK: 50 },
    maxLength: null,
    notFollowed: [{ field: 'num_beams', value: '4' }],
  });
});

test('what would change a text and is not followed is named, known or not, and what is of another type', () => {
  const config = {
    no_repeat_ngram_size: 3,
    suppress_tokens: [1],
    brand_new: 'x',
    temperature: 'hot',
    stop_strings: [1],
  };
  expect(
    defaultsOf({ ...silent, ...config })
      ?.notFollowed.map(({ field, value }) => `${field} ${value}`)
      .sort(),
  ).toEqual([
    'brand_new "x"',
    'no_repeat_ngram_size 3',
    'stop_strings [1]',
    'suppress_tokens [1]',
    'temperature "hot"',
  ]);
});

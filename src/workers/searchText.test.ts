// A prompt continued by beams: settings that change nothing are told, the text ends with the context, at the model's end or before a stop string.

import { expect, test } from 'vitest';
import type { GenerateRequest } from '../core/records';
import { defaultModel } from '../core/runConfig';
import { createTokenizer } from '../data/createTokenizer';
import type { BeamOptions } from '../infer/beams';
import { beamsOf, searchText } from './searchText';

const tokenizer = createTokenizer({ kind: 'byte' });
const model = { ...defaultModel, vocab_size: 256, n_positions: 16 };
const END = 0;

async function search(found: string, changes: Partial<GenerateRequest> = {}, ended = false) {
  const asked: BeamOptions[] = [];
  const told: string[] = [];
  const request = { prompt: 'abcd', maxTokens: 5, seed: 1, ...changes };
  const tokens = [...tokenizer.encode(found), ...(ended ? [END] : [])];
  const reader = {
    model,
    beams: async (options: BeamOptions) => {
      asked.push(options);
      return {
        search: async (_context: Uint32Array, _options: BeamOptions, goOn: () => boolean) => {
          goOn();
          return { tokens, score: -1.5 };
        },
      };
    },
  };
  const result = await searchText(
    reader,
    tokenizer,
    { ...request, maxTokens: request.maxTokens },
    { encoded: tokenizer.encode(request.prompt), beams: 3 },
    { endTokens: [END], defaults: null },
    { goOn: () => true, onText: (piece) => told.push(piece) },
  );
  return { result, asked, told };
}

test('the best text is told whole, with its score', async () => {
  const { result, asked, told } = await search('xyz', { lengthPenalty: 2, earlyStopping: 'never' });
  expect(result).toMatchObject({ text: 'xyz', finish: 'length', promptTokens: 4, changes: [], beamScore: -1.5 });
  expect(asked).toEqual([{ beams: 3, lengthPenalty: 2, earlyStopping: 'never', maxTokens: 5, endTokens: [END] }]);
  expect(told).toEqual(['xyz']);
});

test('settings of the draw change nothing and are told; beams end with the context', async () => {
  const { result, asked } = await search('x', { temperature: 1, topK: 5, maxTokens: 99 });
  expect(result.changes.map(({ field, used }) => [field, used])).toEqual([
    ['temperature', 0],
    ['topK', 0],
    ['maxTokens', 13],
  ]);
  expect(asked[0].maxTokens).toBe(13);
});

test("the model's own end is left out of the text, and so is all from a stop string on", async () => {
  expect((await search('xy', {}, true)).result).toMatchObject({ text: 'xy', finish: 'stop' });
  expect((await search('xy.z', { stop: ['.'] })).result).toMatchObject({ text: 'xy', finish: 'stop' });
});

test.each([
  [undefined, 1],
  [4, 4],
  [2.5, 2],
  [0, 1],
  [Number.NaN, 1],
  [1000, 32],
])('%s beams are %i', (beams, used) => {
  const changes: Parameters<typeof beamsOf>[1] = [];
  expect(beamsOf({ prompt: '', seed: 1, ...(beams === undefined ? {} : { beams }) }, changes)).toBe(used);
  expect(changes.length).toBe(beams === undefined || beams === used ? 0 : 1);
});

// What may draft for a model: a folder whose tokens read as the model's do, and how many tokens at once.

import { expect, test } from 'vitest';
import { createTokenizer } from '../data/createTokenizer';
import { draftTokensOf, requireSameTokens } from './draftModels';

const characters = (text: string) => createTokenizer({ kind: 'char', characters: [...text] });

test('a draft of the same tokens is taken, of others refused with the first that reads otherwise', () => {
  expect(() => requireSameTokens(characters('abc'), characters('abc'))).not.toThrow();
  expect(() => requireSameTokens(characters('abc'), characters('abd'))).toThrow(/another tokenizer/);
  expect(() => requireSameTokens(characters('abc'), characters('abcd'))).toThrow(/another tokenizer/);
  expect(() => requireSameTokens(characters('abcd'), characters('abc'))).toThrow(/another tokenizer/);
});

test('how many tokens are drafted is kept within what is judged at once, and said', () => {
  const asked = (tokens: number) => {
    const changes: Parameters<typeof draftTokensOf>[1] = [];
    return [draftTokensOf({ from: 'int4', tokens }, changes), changes.map(({ field, used }) => `${field} ${used}`)];
  };
  expect(asked(4)).toEqual([4, []]);
  expect(asked(0)).toEqual([1, ['draftTokens 1']]);
  expect(asked(99)).toEqual([15, ['draftTokens 15']]);
  expect(asked(2.5)).toEqual([2, ['draftTokens 2']]);
  expect(asked(Number.NaN)).toEqual([1, ['draftTokens 1']]);
});

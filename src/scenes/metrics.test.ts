// The measures and baselines of scenes against values worked out by hand.

import { describe, expect, test } from 'vitest';
import { baselines } from '../data/entropy';
import { chrF } from './chrF';
import { TfIdfIndex, wordsOf } from './tfIdf';

describe('chrF', () => {
  test('of the same text is 100, of nothing in common 0, of nothing at all 0', () => {
    expect(chrF(['找不到名称'], ['找不到名称'])).toBeCloseTo(100, 10);
    expect(chrF(['abc'], ['xyz'])).toBe(0);
    expect(chrF([''], ['xyz'])).toBe(0);
    expect(chrF([], [])).toBe(0);
  });

  test('weighs recall over precision, run length by run length, without white space', () => {
    // Runs of one: 2 of 2 given and 2 of 4 wanted match; of two: 1 of 1 and 1 of 3; longer ones are on one side only.
    const [precision, recall] = [1, (2 / 4 + 1 / 3) / 2];
    expect(chrF(['a b'], ['abcd'])).toBeCloseTo((100 * 5 * precision * recall) / (4 * precision + recall), 10);
    // Counted at most as often as the reference has it.
    expect(chrF(['aaaa'], ['a'])).toBeCloseTo((100 * 5 * 0.25) / (4 * 0.25 + 1), 10);
  });
});

describe('the nearest text', () => {
  test('shares the rarer words', () => {
    const index = new TfIdfIndex(['how do I stop a run', 'how do I save a model', 'where is the model kept']);
    expect(index.nearest('how can the model be saved where').index).toBe(2);
    expect(index.nearest('Stop a RUN').index).toBe(0);
    expect(index.nearest('how do I save a model').similarity).toBeCloseTo(1, 10);
    expect(index.nearest('zebra')).toEqual({ index: 0, similarity: 0 });
    expect(new TfIdfIndex([]).nearest('a').index).toBe(-1);
  });

  test('takes placeholders whole and Chinese by the character', () => {
    expect(wordsOf("Cannot find '{0}'. 找不到")).toEqual(['cannot', 'find', "'", '{0}', "'", '.', '找', '不', '到']);
  });
});

test('a bigram counts only the tokens it is asked for', () => {
  const train = Uint32Array.from([0, 1, 0, 1, 0, 1, 2, 2]);
  const heldOut = Uint32Array.from([0, 1, 2, 0]);
  const all = baselines(train, heldOut, 3);
  const parts = [1, 2, 3].map((wanted) => baselines(train, heldOut, 3, (index) => index === wanted).bigram);
  // 1 after 0 is what the text always has, 0 after 2 never.
  expect(parts[0]).toBeLessThan(0.01);
  expect(parts[2]).toBeGreaterThan(1);
  expect(parts.reduce((sum, loss) => sum + loss, 0) / 3).toBeLessThanOrEqual(all.bigram + 1e-9);
  expect(baselines(train, heldOut, 3, () => false).bigram).toBe(Math.log(3));
});

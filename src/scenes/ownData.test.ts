// The texts that the lab made for its scenes keep what the scenes say of them: the same for the same seed, nothing known among what is held
// out, answers that stand once in their passage.

import { describe, expect, test } from 'vitest';
import { helpPassages } from './helpPassages';
import { helpQuestions } from './helpQuestions';
import { moderationMessages } from './moderationMessages';
import { TfIdfIndex } from './tfIdf';

describe('messages to moderate', () => {
  const known = moderationMessages('training', 1_200, 1);
  const heldOut = moderationMessages('heldOut', 300, 1);

  test('come in the numbers asked for, of both kinds, the same again', () => {
    expect([known.length, heldOut.length]).toEqual([1_200, 300]);
    expect(moderationMessages('training', 1_200, 1)).toEqual(known);
    for (const messages of [known, heldOut]) {
      const share = messages.filter(({ flagged }) => flagged).length / messages.length;
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.5);
    }
  });

  test('are not solved by looking up the nearest known one', () => {
    const texts = new Set(known.map(({ text }) => text));
    expect(heldOut.filter(({ text }) => texts.has(text))).toEqual([]);
    const index = new TfIdfIndex(known.map(({ text }) => text));
    const right = heldOut.filter(({ text, flagged }) => known[index.nearest(text).index].flagged === flagged);
    expect(right.length / heldOut.length).toBeGreaterThan(0.5);
    expect(right.length / heldOut.length).toBeLessThan(0.75);
  });
});

describe('questions about the help', () => {
  test('every answer stands once in its passage, and no wording is on both sides', () => {
    const wordings: string[] = [];
    for (const { text, facts } of helpPassages)
      for (const { answer, training, heldOut } of facts) {
        expect(text.split(answer).length, answer).toBe(2);
        expect(Math.min(training.length, heldOut.length)).toBeGreaterThan(0);
        wordings.push(...training, ...heldOut);
      }
    expect(new Set(wordings).size).toBe(wordings.length);
    expect(wordings.length).toBeGreaterThanOrEqual(120);
  });

  test('messages are the same for the same seed, and held-out ones are unknown', () => {
    const known = helpQuestions('training', 6, 1);
    const heldOut = helpQuestions('heldOut', 2, 1);
    expect(helpQuestions('training', 6, 1)).toEqual(known);
    const texts = new Set(known.map(({ text }) => text));
    expect(heldOut.filter(({ text }) => texts.has(text))).toEqual([]);
    const index = new TfIdfIndex(known.map(({ text }) => text));
    const right = heldOut.filter(({ text, fact }) => known[index.nearest(text).index].fact === fact);
    expect(right.length / heldOut.length).toBeGreaterThan(0.5);
    expect(right.length / heldOut.length).toBeLessThan(0.75);
  });
});

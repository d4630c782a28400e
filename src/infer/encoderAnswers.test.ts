// Answers out of logits, against what is known by hand: ties, places where no answer can be, lengths, and text that has none.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerSpans, cosineSimilarity, likeliest, meanVector, probabilities, rowOf } from './encoderAnswers';

test('probabilities add up to 1, and large logits do not overflow', () => {
  expect([...probabilities([1000, 1000, -1000])]).toEqual([0.5, 0.5, 0]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1 }), (logits) => {
      expect(probabilities(logits).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    }),
  );
});

test('the likeliest come first, the lower index among equals', () => {
  const logits = rowOf(Float32Array.of(9, 9, 9, 9, 0, Math.log(3), 0, Math.log(4)), 1, 4);
  const ranked = likeliest(logits, 3);
  expect(ranked.map(({ index }) => index)).toEqual([3, 1, 0]);
  expect(ranked[0].probability).toBeCloseTo(4 / 9, 7);
});

describe('answerSpans', () => {
  const inContext = [false, false, false, true, true, true, true, false];
  const [starts, ends] = [
    [0, 9, 0, 1, 4, 0, 2, 9],
    [0, 9, 0, 3, 0, 5, 1, 9],
  ];
  const options = { maxTokens: 15, count: 2, allowNone: false };
  /** Softmax over the places that count, the first token among them. */
  const share = (logits: readonly number[], at: number): number => {
    const places = [0, 3, 4, 5, 6];
    return Math.exp(logits[at]) / places.reduce((sum, place) => sum + Math.exp(logits[place]), 0);
  };

  test('the best start and end in the context, with the product of their probabilities', () => {
    const [best, second] = answerSpans(starts, ends, inContext, options);
    expect(best).toMatchObject({ start: 4, end: 5 });
    expect(best.score).toBeCloseTo(share(starts, 4) * share(ends, 5), 12);
    expect(second).toMatchObject({ start: 3, end: 5 });
  });

  test('no span is longer than it may be, ends before it starts, or leaves the context', () => {
    const [short] = answerSpans(starts, ends, inContext, { ...options, maxTokens: 1, count: 99 });
    expect(short).toMatchObject({ start: 5, end: 5 });
    for (const { start, end } of answerSpans(starts, ends, inContext, { ...options, maxTokens: 2, count: 99 })) {
      expect(end - start).toBeGreaterThanOrEqual(0);
      expect(end - start).toBeLessThan(2);
      expect(inContext[start] && inContext[end]).toBe(true);
    }
  });

  test('where the first token is best there is no answer, if that may be', () => {
    const none = starts.with(0, 20);
    expect(answerSpans(none, ends.with(0, 20), inContext, { ...options, allowNone: true })[0]).toMatchObject({
      start: 0,
      end: 0,
    });
    expect(answerSpans(none, ends.with(0, 20), inContext, options)[0]).toMatchObject({ start: 4, end: 5 });
    expect(answerSpans([1, 2], [1, 2], [false, false], options)).toEqual([]);
  });
});

test('a mean of vectors leaves padding out; equal directions have similarity 1', () => {
  expect([...meanVector(Float32Array.of(1, 2, 3, 6, 99, 99), 2, 2)]).toEqual([2, 4]);
  expect(cosineSimilarity([1, 2], [2, 4])).toBeCloseTo(1, 12);
  expect(cosineSimilarity([1, 0], [0, 3])).toBe(0);
  expect(cosineSimilarity([0, 0], [1, 1])).toBe(0);
});

import { expect, test } from 'vitest';
import { tokenDistribution } from '../core/tokenDistribution';
import { sampleToken } from './sampleToken';

const logits = Float32Array.of(2, -1, 0.5, 1.9, 0.5, -3, 1.2, 0);
const seen = new Set([0, 5]);
const cases = [
  { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, logitBias: [] },
  { temperature: 0, topK: 3, topP: 0.5, minP: 0, repetitionPenalty: 1, logitBias: [] },
  { temperature: 1.5, topK: 4, topP: 1, minP: 0, repetitionPenalty: 1, logitBias: [] },
  { temperature: 0.8, topK: 0, topP: 0.7, minP: 0, repetitionPenalty: 1.3, logitBias: [{ token: 1, bias: 3 }] },
  { temperature: 2, topK: 6, topP: 0.95, minP: 0.3, repetitionPenalty: 2, logitBias: [{ token: 3, bias: -100 }] },
];

test.each(cases)('what is shown is what is drawn from: %o', (settings) => {
  const { chances, kept, vocabulary } = tokenDistribution(logits, seen, settings, logits.length);
  expect(vocabulary).toBe(logits.length);
  expect(chances.reduce((sum, { drawn }) => sum + drawn, 0)).toBeCloseTo(1, 12);
  expect(chances.reduce((sum, { before }) => sum + before, 0)).toBeCloseTo(1, 12);
  expect(chances.filter(({ cut }) => cut === null)).toHaveLength(kept);
  const draws = 4_000;
  const counts = new Map<number, number>();
  for (let step = 0; step < draws; step++) {
    const token = sampleToken({
      ...settings,
      logits: Float64Array.from(logits),
      bias: (id) => settings.logitBias.find(({ token }) => token === id)?.bias ?? 0,
      seen: (id) => seen.has(id),
      seed: 7,
      step,
      row: 0,
    });
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  // Four standard deviations of a share of 4,000 draws are at most 0.032.
  for (const { token, drawn } of chances)
    expect(Math.abs((counts.get(token) ?? 0) / draws - drawn)).toBeLessThan(0.032);
  for (const { token, cut } of chances) if (cut !== null) expect(counts.has(token)).toBe(false);
});

test('equal logits stay together, and each token says which cut took it', () => {
  const { chances, entropy } = tokenDistribution(Float32Array.of(1, 0, 0, -4), new Set(), { ...cases[0], topK: 2 }, 9);
  expect(chances.map(({ token, cut }) => [token, cut])).toEqual([
    [0, null],
    [1, null],
    [2, null],
    [3, 'topK'],
  ]);
  expect(entropy).toBeGreaterThan(0);
  const none = tokenDistribution(Float32Array.of(0, 0), new Set(), cases[0], 2);
  expect(none.entropy).toBeCloseTo(Math.log(2), 12);
});

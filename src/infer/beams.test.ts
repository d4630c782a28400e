// The bookkeeping of beams against the float64 search, on chains of random logits: every kind of ending, length penalty and number of ends.

import { expect, test } from 'vitest';
import { beamSearch } from '../reference/beamSearch';
import { topTokens } from '../reference/topTokens';
import { randomValues } from '../testing/randomValues';
import { type BeamCandidate, type BeamOptions, BeamSearch, candidatesPerBeam } from './beams';

const VOCABULARY = 11;

/** Logits that follow from the last two tokens. */
function chain(seed: number): (tokens: readonly number[]) => Float64Array {
  const table = randomValues(`chain ${seed}`, VOCABULARY ** 3, 2);
  return (tokens) => {
    const [before = 0, last = 0] = tokens.slice(-2);
    const row = (before * VOCABULARY + last) * VOCABULARY;
    return table.slice(row, row + VOCABULARY);
  };
}

function search(logits: (tokens: readonly number[]) => Float64Array, prompt: readonly number[], options: BeamOptions) {
  const beams = new BeamSearch(options);
  const top = Math.min(VOCABULARY, candidatesPerBeam(options));
  let open: (readonly number[])[] = [[]];
  while (!beams.done) {
    const candidates = open.flatMap((tokens, beam): BeamCandidate[] => {
      const row = { logits: logits([...prompt, ...tokens]), targets: Int32Array.of(-100), vocabulary: VOCABULARY, top };
      const ranking = topTokens(row);
      return Array.from({ length: top }, (_, k) => ({
        beam,
        token: ranking[2 * k],
        logProbability: ranking[2 * k + 1],
      }));
    });
    open = beams.advance(candidates).map(({ parent, token }) => [...open[parent], token]);
  }
  return beams.best;
}

test('the best text and its score, whatever ends a search', () => {
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    const logits = chain(seed);
    for (const earlyStopping of [true, false, 'never'] as const)
      for (const lengthPenalty of [-1, 0, 1, 2])
        for (const endTokens of [[], [3], [3, 5, 8]]) {
          const options = { beams: 1 + (seed % 4), lengthPenalty, earlyStopping, endTokens, maxTokens: 7 };
          const wanted = beamSearch({ ...options, logits, prompt: [seed % VOCABULARY] });
          const best = search(logits, [seed % VOCABULARY], options);
          expect(best.tokens, JSON.stringify({ seed, ...options })).toEqual(wanted.tokens);
          expect(best.score).toBeCloseTo(wanted.score, 10);
          lengths.add(best.tokens.length);
        }
  }
  expect(lengths.size).toBeGreaterThan(4);
});

test('more beams find likelier texts than the greedy one', () => {
  const options = { lengthPenalty: 0, earlyStopping: false, endTokens: [], maxTokens: 6 } as const;
  const better = [1, 2, 3, 4, 5, 6, 7, 8].filter((seed) => {
    const [greedy, wide] = [1, 6].map((beams) => search(chain(seed), [1], { ...options, beams }).score);
    return wide > greedy;
  });
  expect(better.length).toBeGreaterThan(1);
});

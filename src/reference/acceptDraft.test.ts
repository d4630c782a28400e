// Speculative decoding leaves the model's own distribution as it is: summed over every proposal and every outcome, and drawn.

import { describe, expect, test } from 'vitest';
import { acceptedTokens, judgeProposal, verdictUnits } from './acceptDraft';
import { drawIndex, type TokenChoice } from './sampleToken';

const choice = (...probabilities: number[]): TokenChoice => ({
  best: probabilities.indexOf(Math.max(...probabilities)),
  probabilities,
});

/** The probability that the first token of a text is each, by midpoints over both random numbers of the verdict. */
function firstToken(p: TokenChoice, q: readonly number[]): number[] {
  const steps = 200;
  const share = p.probabilities.map(() => 0);
  for (const [token, proposed] of q.entries()) {
    if (proposed === 0) continue;
    for (let a = 0; a < steps; a++) {
      for (let b = 0; b < steps; b++) {
        const units: [number, number] = [(a + 0.5) / steps, (b + 0.5) / steps];
        const verdict = judgeProposal(p, { token, probabilities: q }, false, units);
        share[verdict.accepted ? token : verdict.instead] += proposed / steps ** 2;
      }
    }
  }
  return share;
}

describe('a proposal and its verdict', () => {
  test.each([
    { p: [0.1, 0.2, 0.3, 0.4], q: [0.4, 0.3, 0.2, 0.1] },
    { p: [0.25, 0.25, 0.25, 0.25], q: [1, 0, 0, 0] },
    { p: [0, 0.7, 0.3, 0], q: [0.5, 0, 0, 0.5] },
    { p: [0.6, 0.4], q: [0.6, 0.4] },
  ])('give the distribution $p where the draft draws from $q', ({ p, q }) => {
    const got = firstToken(choice(...p), q);
    for (const [token, probability] of p.entries()) expect(got[token]).toBeCloseTo(probability, 2);
  });

  test("of two proposals in a row give the product of the model's own distributions", () => {
    // Both depend on the token before: a chain of two states.
    const models = {
      p: [choice(0.8, 0.2), choice(0.3, 0.7)],
      q: [
        [0.4, 0.6],
        [0.5, 0.5],
      ],
    };
    const draws = 40_000;
    const counts = new Map<string, number>();
    for (let step = 0; step < draws; step++) {
      const unit = (row: number): number => verdictUnits(7, step, 100 + row)[0];
      const x1 = drawIndex(models.q[0], unit(0), 0);
      const x2 = drawIndex(models.q[x1], unit(1), 0);
      const verdicts = [
        judgeProposal(models.p[0], { token: x1, probabilities: models.q[0] }, false, verdictUnits(1, step, 0)),
        judgeProposal(models.p[x1], { token: x2, probabilities: models.q[x1] }, false, verdictUnits(1, step, 1)),
        judgeProposal(models.p[x2], null, false, verdictUnits(1, step, 2)),
      ];
      const tokens = acceptedTokens([x1, x2], verdicts);
      // What follows in a later step is the model's own draw.
      for (let row = 3; tokens.length < 2; row++)
        tokens.push(drawIndex(models.p[tokens[0]].probabilities, unit(row), 0));
      const key = tokens.slice(0, 2).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const [key, expected] of [
      ['0,0', 0.64],
      ['0,1', 0.16],
      ['1,0', 0.06],
      ['1,1', 0.14],
    ] as const)
      chiSquare += ((counts.get(key) ?? 0) - draws * expected) ** 2 / (draws * expected);
    // 99.9% of draws from the true distribution stay below this at 3 degrees of freedom.
    expect(chiSquare).toBeLessThan(16.27);
  });

  test('greedily accept the best token alone', () => {
    const p = choice(0.1, 0.5, 0.4);
    const verdict = (token: number) => judgeProposal(p, { token, probabilities: [] }, true, [0, 0]);
    expect([verdict(1), verdict(2)]).toEqual([
      { accepted: true, instead: 1 },
      { accepted: false, instead: 1 },
    ]);
    expect(
      acceptedTokens([1, 2], [verdict(1), verdict(2), judgeProposal(choice(1, 0, 0), null, true, [0, 0])]),
    ).toEqual([1, 1]);
    expect(acceptedTokens([1], [verdict(1), judgeProposal(choice(1, 0, 0), null, true, [0, 0])])).toEqual([1, 0]);
  });
});

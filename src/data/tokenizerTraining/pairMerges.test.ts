// Merges learnt with counts kept up to date, against the twin that counts anew each time.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { learnBytePairs } from '../../reference/bytePairs';
import { Breather } from './breather';
import { learnMerges } from './pairMerges';
import { SymbolWords } from './symbolWords';

async function learn(words: readonly (readonly [string, number])[], size: number, minFrequency: number) {
  const alphabet = ['a', 'b', 'c'];
  const symbols = new SymbolWords();
  for (const [word, count] of words)
    symbols.add(
      Array.from(word, (letter) => alphabet.indexOf(letter)),
      count,
    );
  const told: string[] = [];
  const fast = await learnMerges(
    {
      words: symbols,
      alphabet,
      tokens: size,
      minFrequency,
      join: (left, right) => left + right,
      banned: new Set(),
      onMerge: (left, right) => told.push(`${left} ${right}`),
    },
    new Breather(),
  );
  expect(told).toEqual(fast.merges.map((merge) => merge.join(' ')));
  const counted = words.filter(([word]) => word !== '').map(([word, count]) => ({ tokens: [...word], count }));
  return { fast, slow: learnBytePairs(counted, alphabet, size, minFrequency) };
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 24 });

test('the same merges in the same order as the slow twin, overlaps and ties too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(letters, fc.integer({ min: 1, max: 3 })), { maxLength: 12 }),
      fc.integer({ min: 3, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (words, size, minFrequency) => {
        const { fast, slow } = await learn(words, size, minFrequency);
        expect(fast.merges).toEqual(slow);
      },
    ),
    { numRuns: 400 },
  );
});

test.each([
  ['aaa', [['a', 'a']]],
  // In aaaa the first merge leaves (aa, aa) once.
  [
    'aaaa',
    [
      ['a', 'a'],
      ['aa', 'aa'],
    ],
  ],
])('%s: neighbours of one letter are merged from the left', async (word, merges) => {
  const { fast } = await learn([[word, 2]], 5, 2);
  expect(fast.merges.slice(0, merges.length)).toEqual(merges);
});

test('the length of the text after all merges', async () => {
  const { fast } = await learn(
    [
      ['abab', 3],
      ['c', 5],
    ],
    5,
    1,
  );
  expect(fast.tokens).toEqual(['a', 'b', 'c', 'ab', 'abab']);
  expect(fast.length).toBe(3 + 5);
});

// Expected uses and best ways of short words, against all ways written out.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentations, unigramPieces } from '../../reference/subwords';
import { SymbolWords } from './symbolWords';
import { UnigramLattice } from './unigramLattice';
import { unigramSeeds } from './unigramSeeds';

const alphabet = ['a', 'b', 'c'];
const word = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 9 });
const piece = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 2, maxLength: 4 });

test('expected uses, probability and best way are those of all ways together', () => {
  fc.assert(
    fc.property(
      word,
      fc.uniqueArray(piece, { maxLength: 8 }),
      fc.infiniteStream(fc.integer({ min: -80, max: -1 })),
      (text, more, scores) => {
        const texts = [...alphabet, ...more];
        const words = new SymbolWords();
        for (const each of [text, ...texts])
          words.add(
            Array.from(each, (letter) => alphabet.indexOf(letter)),
            1,
          );
        // Eighths: sums are exact, so that ties are ties.
        const score = Float64Array.from(texts, () => (scores.next().value ?? -1) / 8);
        const pieces = texts.map((_, i) => ({
          start: words.start(i + 1),
          length: words.start(i + 2) - words.start(i + 1),
        }));
        const lattice = new UnigramLattice(words, pieces, score);
        const ways = segmentations(text, new Set(texts));
        const probability = (way: readonly string[]) =>
          Math.exp(way.reduce((sum, each) => sum + score[texts.indexOf(each)], 0));
        const total = ways.reduce((sum, way) => sum + probability(way), 0);
        const expected = new Float64Array(texts.length);
        const logProbability = lattice.addExpected(0, text.length, 3, expected);
        expect(logProbability).toBeCloseTo(Math.log(total), 9);
        texts.forEach((each, i) => {
          const uses = ways.reduce(
            (sum, way) => sum + (probability(way) / total) * way.filter((part) => part === each).length,
            0,
          );
          expect(expected[i]).toBeCloseTo(3 * uses, 9);
        });
        const best = lattice.best(0, text.length).map((id) => texts[id]);
        expect(best.reverse()).toEqual(unigramPieces(text, new Map(texts.map((each, i) => [each, score[i]]))));
        const parts = lattice.best(0, text.length, true);
        expect(parts.length === 0).toBe(ways.every((way) => way.length === 1));
      },
    ),
  );
});

test('candidates are the frequent substrings that more than one symbol follows', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, fc.integer({ min: 1, max: 3 })), { maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
      (counted, least) => {
        const words = new SymbolWords();
        for (const [text, count] of counted)
          words.add(
            Array.from(text, (letter) => alphabet.indexOf(letter)),
            count,
          );
        const counts = new Map<string, number>();
        for (const [text, count] of counted) {
          for (let start = 0; start < text.length; start++) {
            for (let end = start + 2; end <= text.length; end++) {
              const part = text.slice(start, end);
              counts.set(part, (counts.get(part) ?? 0) + count);
            }
          }
        }
        const kept = [...counts].filter(
          ([part, count]) => count >= least && alphabet.every((letter) => counts.get(part + letter) !== count),
        );
        const seeds = unigramSeeds(words, alphabet.length, least, 1_000).map(({ start, length, count }) => [
          Array.from({ length }, (_, i) => alphabet[words.symbol(start + i)]).join(''),
          count,
        ]);
        expect(seeds.sort()).toEqual(kept.sort());
      },
    ),
  );
});

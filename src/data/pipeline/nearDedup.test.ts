// Near duplicates: planted copies are found as often as the theory of the chosen bands says, and others are left alone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { threefry2x32, unitInterval } from '../../core/rng';
import { hashText, KeyTable } from './hashes';
import { bandProbability, MinHasher, type NearDedupOptions, signatureSimilarity } from './minHash';
import { NearIndex } from './nearIndex';
import { TextSurvey } from './textSurvey';

const options = { shingleWords: 3, bands: 16, rows: 8, threshold: 0.7, seed: 1 };
const words = new TextSurvey();

function random(seed: number): () => number {
  let counter = 0;
  return () => unitInterval(threefry2x32(seed, 0, counter++, 0)[0]);
}

function generated(next: () => number, length = 120): string[] {
  return Array.from({ length }, () => `w${Math.floor(next() * 5_000)}`);
}

/** Each word is another one with this probability. */
function edited(document: readonly string[], share: number, next: () => number): string[] {
  return document.map((word) => (next() < share ? `e${Math.floor(next() * 1e6)}` : word));
}

function shingleSet(document: readonly string[]): Set<string> {
  return new Set(
    document.slice(0, document.length - 2).map((_, i) =>
      document
        .slice(i, i + 3)
        .join(' ')
        .toLowerCase(),
    ),
  );
}

function jaccard(a: readonly string[], b: readonly string[]): number {
  const [one, other] = [shingleSet(a), shingleSet(b)];
  const both = [...one].filter((each) => other.has(each)).length;
  return both / (one.size + other.size - both);
}

function signed(
  hasher: MinHasher,
  text: string,
  bandCount = options.bands,
): { signature: Uint16Array; bands: Uint32Array } {
  const signature = new Uint16Array(hasher.positions);
  const bands = new Uint32Array(bandCount);
  expect(hasher.sign(words.of(text), signature, bands)).toBe(true);
  return { signature, bands };
}

test('signatures estimate Jaccard similarity without bias, within the error of 128 positions', () => {
  const next = random(3);
  const hasher = new MinHasher(options);
  const errors = Array.from({ length: 300 }, () => {
    const a = generated(next);
    const b = edited(a, next() * 0.3, next);
    const [one, other] = [signed(hasher, a.join(' ')), signed(hasher, b.join(' '))];
    return signatureSimilarity(one.signature, 0, other.signature, 0, hasher.positions) - jaccard(a, b);
  });
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
  // One estimate has a standard deviation of at most sqrt(1/4 / 128) = 0.044; the mean of 300 a 17th of that.
  expect(Math.abs(mean)).toBeLessThan(3 * (0.0442 / Math.sqrt(300)));
  expect(deviation).toBeLessThan(0.0442 * 1.1);
});

/**
 * The probability that two documents of this similarity share a band and their estimate reaches the threshold. Each position is equal with
 * probability s by itself; counted over bands by how many of their positions are equal, with and without those that are equal as a whole.
 */
function foundProbability(s: number, { bands, rows, threshold }: NearDedupOptions): number {
  const inBand = Array.from({ length: rows + 1 }, (_, equal) => {
    let ways = 1;
    for (let i = 0; i < equal; i++) ways = (ways * (rows - i)) / (i + 1);
    return ways * s ** equal * (1 - s) ** (rows - equal);
  });
  const added = (sums: readonly number[], most: number) => {
    const next = new Array<number>(sums.length + rows).fill(0);
    for (const [sum, p] of sums.entries()) for (let i = 0; i <= most; i++) next[sum + i] += p * inBand[i];
    return next;
  };
  let [any, none] = [[1], [1]];
  for (let band = 0; band < bands; band++) [any, none] = [added(any, rows), added(none, rows - 1)];
  return any.reduce((sum, p, equal) => (equal >= threshold * bands * rows ? sum + p - none[equal] : sum), 0);
}

/** What is counted must not be further from what is expected than chance takes it in all but 1 of 15,000 trials: 4 standard deviations, and 1 for small counts. */
function expectNear(counted: number, probabilities: readonly number[], what: string): void {
  const expected = probabilities.reduce((sum, p) => sum + p, 0);
  const deviation = Math.sqrt(probabilities.reduce((sum, p) => sum + p * (1 - p), 0));
  expect(Math.abs(counted - expected), `${what}: ${counted}, theory ${expected.toFixed(1)}`).toBeLessThanOrEqual(
    1 + 4 * deviation,
  );
}

test('the probability to be found is that of drawn signatures', () => {
  const next = random(7);
  const some = { ...options, bands: 4, rows: 3, threshold: 0.6 };
  const trials = 4_000;
  for (const s of [0.3, 0.6, 0.9]) {
    let found = 0;
    for (let trial = 0; trial < trials; trial++) {
      const equal = Array.from({ length: 12 }, () => next() < s);
      const share = equal.filter(Boolean).length / 12;
      if (share >= some.threshold && [0, 3, 6, 9].some((at) => equal.slice(at, at + 3).every(Boolean))) found++;
    }
    expectNear(found, new Array<number>(trials).fill(foundProbability(s, some)), `similarity ${s}`);
  }
});

const kinds = [
  { kind: 'exact copies', share: 0, variant: (text: string) => text },
  {
    kind: 'case and white-space variants',
    share: 0,
    variant: (text: string) => `  ${text.toUpperCase().replaceAll(' ', ' \n\t')}.`,
  },
  { kind: '5% edits', share: 0.05, variant: (text: string) => text },
  { kind: '20% edits', share: 0.2, variant: (text: string) => text },
];

describe.each([options, { ...options, bands: 32, rows: 4, threshold: 0.4 }])(
  '$bands bands of $rows rows, threshold $threshold',
  (chosen) => {
    const hasher = new MinHasher(chosen);
    const sign = (text: string) => signed(hasher, text, chosen.bands);

    test.each(kinds)('$kind share a band, and are found, as often as theory says', ({ kind, share, variant }) => {
      const next = random(11);
      const trials = 300;
      let sharing = 0;
      let found = 0;
      const similarities: number[] = [];
      for (let trial = 0; trial < trials; trial++) {
        const a = generated(next);
        const b = edited(a, share, next);
        const [one, other] = [sign(a.join(' ')), sign(variant(b.join(' ')))];
        similarities.push(jaccard(a, b));
        if (one.bands.some((hash, band) => hash === other.bands[band])) sharing++;
        const index = new NearIndex(chosen);
        expect(index.matchOrAdd(0, one.signature, one.bands)).toBeNull();
        if (index.matchOrAdd(1, other.signature, other.bands) !== null) found++;
      }
      const [toShare, toFind] = [bandProbability, foundProbability].map((p) => similarities.map((s) => p(s, chosen)));
      const of = (probabilities: readonly number[]) => probabilities.reduce((sum, p) => sum + p, 0).toFixed(1);
      console.log(
        `${chosen.bands} x ${chosen.rows}, ${kind}: ${sharing} of ${trials} pairs share a band, theory ${of(toShare)}; ` +
          `${found} found (recall ${(found / trials).toFixed(3)}), theory ${of(toFind)}`,
      );
      expectNear(sharing, toShare, 'sharing a band');
      expectNear(found, toFind, 'found');
      if (share === 0) expect(found).toBe(trials);
    });

    test('in a crowd with others that are alike in part: recall and precision are those of the theory', () => {
      const next = random(29);
      const index = new NearIndex(chosen);
      const originals = Array.from({ length: 800 }, () => generated(next, 80));
      for (const [i, document] of originals.entries()) {
        const { signature, bands } = sign(document.join(' '));
        expect(index.matchOrAdd(i, signature, bands)).toBeNull();
      }
      // A document is one of these in turn; the last has no more than five eighths from an original, and counts as wrong where it is taken for it.
      const planted = originals.map((original, i) => {
        const { share, variant } = kinds[i % 5 === 4 ? 0 : i % 5];
        const own = i % 5 === 4 ? [...generated(next, 30), ...original.slice(30)] : edited(original, share, next);
        return { own, original, isCopy: i % 5 !== 4, text: variant(own.join(' ')) };
      });
      const right: number[] = [];
      const wrong: number[] = [];
      let [found, mistaken] = [0, 0];
      for (const [i, { own, original, isCopy, text }] of planted.entries()) {
        (isCopy ? right : wrong).push(foundProbability(jaccard(own, original), chosen));
        const { signature, bands } = sign(text);
        const match = index.matchOrAdd(10_000 + i, signature, bands);
        if (match === null) continue;
        if (isCopy && match.document === i) found++;
        else mistaken++;
      }
      expectNear(found, right, 'copies found');
      expectNear(mistaken, wrong, 'others taken for copies');
      const [rightly, wrongly] = [right, wrong].map((list) => list.reduce((sum, p) => sum + p, 0));
      const shown = (hits: number, misses: number) =>
        `recall ${(hits / right.length).toFixed(3)}, precision ${(hits / (hits + misses)).toFixed(3)}`;
      console.log(
        `${chosen.bands} x ${chosen.rows}, threshold ${chosen.threshold}, a crowd of 800, ${right.length} copies of four kinds and ${wrong.length} alike in part: ` +
          `${shown(found, mistaken)}; theory: ${shown(rightly, wrongly)}`,
      );
    });
  },
);

test('a flood of near copies keeps one, and is fast', () => {
  const next = random(5);
  const hasher = new MinHasher(options);
  const index = new NearIndex(options);
  const original = generated(next);
  const start = performance.now();
  let kept = 0;
  for (let i = 0; i < 3_000; i++) {
    const { signature, bands } = signed(hasher, [...original, `tail${i}`].join(' '));
    if (index.matchOrAdd(i, signature, bands) === null) kept++;
  }
  expect(kept).toBe(1);
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('words: case, punctuation and spaces do not matter; scripts without spaces count by character', () => {
  const of = (text: string) => [...new TextSurvey().of(text).hashes.slice(0, new TextSurvey().of(text).count)];
  expect(of('The  sea, was\n calm!')).toEqual(of('the sea was CALM'));
  expect(of('ÉTÉ')).toEqual(of('été'));
  expect(of('大海平静')).toHaveLength(4);
  expect(of('大海 平静。')).toEqual(of('大海平静'));
  expect(of('🚀🚀a')).toHaveLength(3);
  expect(of('바다는 고요')).toHaveLength(2);
  expect(of(' .,;')).toHaveLength(0);
});

test('hashes of texts: equal for equal texts, different else; a table of keys knows who came first', () => {
  const set = new KeyTable();
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      const [high, low] = hashText(text);
      expect(set.claim(high, low, seen.size)).toBe(seen.get(text) ?? null);
      if (!seen.has(text)) seen.set(text, seen.size);
      expect(set.has(high, low)).toBe(true);
      expect(set.size).toBe(seen.size);
    }),
    { numRuns: 600 },
  );
  const zero = new KeyTable();
  expect([zero.has(0, 0), zero.claim(0, 0, 7), zero.claim(0, 0, 8), zero.has(0, 0)]).toEqual([false, null, 7, true]);
});

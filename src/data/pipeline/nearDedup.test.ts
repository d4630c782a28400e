// Near duplicates: planted copies are found as often as the theory of the chosen bands says, and others are left alone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { threefry2x32, unitInterval } from '../../core/rng';
import { hashText, KeyTable } from './hashes';
import { bandProbability, MinHasher, signatureSimilarity } from './minHash';
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

function signed(hasher: MinHasher, text: string): { signature: Uint16Array; bands: Uint32Array } {
  const signature = new Uint16Array(hasher.positions);
  const bands = new Uint32Array(options.bands);
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

describe.each([
  { kind: 'exact copies', share: 0, variant: (text: string) => text },
  {
    kind: 'case and white-space variants',
    share: 0,
    variant: (text: string) => `  ${text.toUpperCase().replaceAll(' ', ' \n\t')}.`,
  },
  { kind: '5% edits', share: 0.05, variant: (text: string) => text },
  { kind: '20% edits', share: 0.2, variant: (text: string) => text },
])('$kind', ({ kind, share, variant }) => {
  test('share a band, and are found, as often as theory says', () => {
    const next = random(11);
    const hasher = new MinHasher(options);
    const trials = 400;
    let sharing = 0;
    let expectedSharing = 0;
    let found = 0;
    let expectedFound = 0;
    let variance = 0;
    for (let trial = 0; trial < trials; trial++) {
      const a = generated(next);
      const b = edited(a, share, next);
      const [one, other] = [signed(hasher, a.join(' ')), signed(hasher, variant(b.join(' ')))];
      const p = bandProbability(jaccard(a, b), options);
      expectedSharing += p;
      variance += p * (1 - p);
      const inBand = one.bands.some((hash, band) => hash === other.bands[band]);
      if (inBand) sharing++;
      // A pair is a duplicate where it shares a band and its estimate reaches the threshold.
      const estimate = signatureSimilarity(one.signature, 0, other.signature, 0, hasher.positions);
      if (inBand && estimate >= options.threshold) expectedFound++;
      const index = new NearIndex(options);
      expect(index.matchOrAdd(0, one.signature, one.bands)).toBeNull();
      if (index.matchOrAdd(1, other.signature, other.bands) !== null) found++;
    }
    console.log(
      `${kind}: ${sharing} of ${trials} pairs share a band, theory ${expectedSharing.toFixed(1)}; ${found} found (recall ${(found / trials).toFixed(3)})`,
    );
    expect(found).toBe(expectedFound);
    expect(Math.abs(sharing - expectedSharing)).toBeLessThanOrEqual(1 + 4 * Math.sqrt(variance));
    if (share === 0) expect(found).toBe(trials);
  });
});

test('in a crowd: recall and precision of planted copies', () => {
  const next = random(29);
  const hasher = new MinHasher(options);
  const index = new NearIndex(options);
  const originals = Array.from({ length: 2_000 }, () => generated(next, 80));
  originals.forEach((document, i) => {
    const { signature, bands } = signed(hasher, document.join(' '));
    expect(index.matchOrAdd(i, signature, bands)).toBeNull();
  });
  let right = 0;
  let wrong = 0;
  let expected = 0;
  for (let i = 0; i < 400; i++) {
    const copy = edited(originals[i], 0.05, next);
    expected += bandProbability(jaccard(originals[i], copy), options);
    const { signature, bands } = signed(hasher, copy.join(' '));
    const match = index.matchOrAdd(10_000 + i, signature, bands);
    if (match?.document === i) right++;
    else if (match !== null) wrong++;
  }
  console.log(
    `5% edits in a crowd of 2,000: ${right} of 400 found, theory at most ${expected.toFixed(1)}, ${wrong} wrong`,
  );
  expect(wrong).toBe(0);
  // The threshold 0.7 takes some of those that share a band.
  expect(right).toBeLessThanOrEqual(expected + 4 * Math.sqrt(400 * 0.25));
  expect(right).toBeGreaterThan(0.75 * expected);
});

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

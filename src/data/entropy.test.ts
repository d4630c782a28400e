// The baselines: known values on texts whose entropy is known, and their order on real text.

import { describe, expect, test } from 'vitest';
import { charactersOf, createTokenizer } from './createTokenizer';
import { baselines } from './entropy';
import { primerText } from './primer';

describe('baselines', () => {
  test('an alternating text: one bit for single tokens, none for pairs', () => {
    const tokens = Uint32Array.from({ length: 10_001 }, (_, i) => i % 2);
    const { uniform, unigram, bigram } = baselines(tokens, tokens.subarray(0, 1_001), 2);
    expect(uniform).toBeCloseTo(Math.LN2, 12);
    expect(unigram).toBeCloseTo(Math.LN2, 3);
    expect(bigram).toBeLessThan(1e-3);
  });

  test('a table and a map of pairs agree', () => {
    const tokens = Uint32Array.from({ length: 3_000 }, (_, i) => (i * i) % 97);
    // A vocabulary past the table's, with its surplus never used, only moves the smoothing's share.
    const small = baselines(tokens, tokens, 2_048);
    const large = baselines(tokens, tokens, 2_049);
    expect(large.bigram).toBeCloseTo(small.bigram, 3);
  });

  test('unseen tokens and tiny parts stay finite', () => {
    expect(baselines(Uint32Array.of(0, 0), Uint32Array.of(1, 2), 3).bigram).toBeLessThan(Infinity);
    expect(baselines(Uint32Array.of(0), Uint32Array.of(0), 1)).toEqual({ uniform: 0, unigram: 0, bigram: 0 });
  });

  test('real text: pairs know more than single tokens, single tokens more than nothing', () => {
    const text = primerText();
    const tokenizer = createTokenizer({ kind: 'char', characters: charactersOf(text) });
    const ids = tokenizer.encode(text);
    const cut = Math.floor(0.9 * ids.length);
    const { uniform, unigram, bigram } = baselines(ids.subarray(0, cut), ids.subarray(cut), tokenizer.vocabularySize);
    expect(unigram).toBeLessThan(uniform - 0.5);
    expect(bigram).toBeLessThan(unigram - 0.4);
    expect(bigram).toBeGreaterThan(1);
  });
});

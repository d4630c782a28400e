// The twins of tensor-parallel operations: shards put together are the undivided operation, for any split; gradients against differences.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partition } from '../core/partition';
import { expectGradient, largestDifference } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { biasResidual, biasResidualBackward } from './biasResidual';
import { crossEntropy, crossEntropyBackward, IGNORED_TARGET } from './crossEntropy';
import { crossEntropyMerge, crossEntropyMergeBackward } from './crossEntropyMerge';
import { crossEntropyStatistics, type VocabularyShard } from './crossEntropyStatistics';
import { embedding, embeddingBackward, sequencePositions } from './embedding';
import { positions, positionsBackward } from './positions';
import { vocabularyEmbedding, vocabularyEmbeddingBackward } from './vocabularyEmbedding';

const splits = fc.integer({ min: 1, max: 13 }).chain((vocabulary) =>
  fc.record({
    vocabulary: fc.constant(vocabulary),
    parts: fc.integer({ min: 1, max: vocabulary }),
    rows: fc.integer({ min: 1, max: 9 }),
  }),
);

describe('vocabularyEmbedding', () => {
  it('adds up to the embedding over any split, and gradients stand side by side', () => {
    fc.assert(
      fc.property(splits, ({ vocabulary, parts, rows }) => {
        const channels = 3;
        const tokens = Int32Array.from({ length: rows }, (_, n) => (n * n + 2) % vocabulary);
        const tokenTable = randomValues('table', vocabulary * channels);
        const dOut = randomValues('dOut', rows * channels);
        const sum = new Float64Array(rows * channels);
        const gradients: number[] = [];
        for (const { start, length } of partition(vocabulary, parts)) {
          const table = tokenTable.subarray(start * channels, (start + length) * channels);
          const input = { tokens, table, firstToken: start, channels };
          vocabularyEmbedding(input).forEach((value, i) => {
            sum[i] += value;
          });
          gradients.push(...vocabularyEmbeddingBackward(input, dOut));
        }
        expect(sum).toEqual(embedding({ tokens, tokenTable, channels }));
        expect(gradients).toEqual([...embeddingBackward({ tokens, tokenTable, channels }, dOut).dTokenTable]);
      }),
    );
  });
});

describe('positions', () => {
  it('has the gradients that differences give, for a run that begins and ends within sequences', () => {
    const channels = 2;
    const table = randomValues('table', 6 * channels);
    const input = { x: randomValues('x', 7 * channels), table, tokensPerSequence: 5, firstRow: 8, channels };
    const dOut = randomValues('dOut', 7 * channels);
    const dTable = positionsBackward(input, dOut);
    expectGradient('dTable', dTable, (probe) => positions({ ...input, table: probe }), table, dOut);
    expectGradient('dX', dOut, (probe) => positions({ ...input, x: probe }), input.x, dOut);
    expect([...positionsBackward({ ...input, x: input.x.subarray(0, 2) }, dOut.subarray(0, 2))]).toEqual([
      ...new Float64Array(6),
      dOut[0],
      dOut[1],
      ...new Float64Array(4),
    ]);
  });

  it('gives the embedding its positions, whatever the cut of the rows', () => {
    const channels = 3;
    const tokens = Int32Array.of(1, 0, 2, 2, 1, 0);
    const tokenTable = randomValues('tokens', 3 * channels);
    const table = randomValues('positions', 3 * channels);
    const x = embedding({ tokens, tokenTable, channels });
    const whole = embedding({
      tokens,
      tokenTable,
      position: { table, indices: sequencePositions(2, 3) },
      channels,
    });
    for (const parts of [1, 2, 4, 6]) {
      const pieces = partition(6, parts).flatMap(({ start, length }) => {
        const run = x.subarray(start * channels, (start + length) * channels);
        return [...positions({ x: run, table, tokensPerSequence: 3, firstRow: start, channels })];
      });
      expect(pieces).toEqual([...whole]);
    }
  });
});

describe('biasResidual', () => {
  it('has the gradients that differences give', () => {
    const [x, bias, residual] = [randomValues('x', 15), randomValues('bias', 5), randomValues('residual', 15)];
    const dOut = randomValues('dOut', 15);
    expectGradient('dBias', biasResidualBackward(dOut, 5), (probe) => biasResidual(x, probe, residual), bias, dOut);
    expectGradient('dX', dOut, (probe) => biasResidual(probe, bias), x, dOut);
    expectGradient('dResidual', dOut, (probe) => biasResidual(x, bias, probe), residual, dOut);
  });
});

describe('cross-entropy over shards of the vocabulary', () => {
  it('equals the undivided one for any split, scale and target, ignored rows among them', () => {
    fc.assert(
      fc.property(splits, fc.constantFrom(1, 40, 1e4), ({ vocabulary, parts, rows }, scale) => {
        const logits = randomValues('logits', rows * vocabulary, scale);
        const targets = Int32Array.from({ length: rows }, (_, n) =>
          n % 4 === 2 ? IGNORED_TARGET : (5 * n + 1) % vocabulary,
        );
        const whole = { logits, targets, vocabulary, count: 11 };
        const shards = partition(vocabulary, parts).map(
          ({ start, length }): VocabularyShard => ({
            logits: columnsOf(logits, vocabulary, start, length),
            targets,
            vocabulary: length,
            firstToken: start,
          }),
        );
        const gathered = { statistics: shards.map(crossEntropyStatistics), count: 11 };
        const expected = crossEntropy(whole);
        const merged = crossEntropyMerge(targets, gathered);
        expect(largestDifference(merged.losses, expected.losses)).toBeLessThan(1e-12 * scale);
        expect(largestDifference(merged.logSumExp, expected.logSumExp)).toBeLessThan(1e-12 * scale);
        expect(Math.abs(merged.loss - expected.loss)).toBeLessThan(1e-12 * scale);
        const dWhole = crossEntropyBackward(whole);
        for (const shard of shards) {
          const dShard = crossEntropyMergeBackward(shard, gathered);
          const dExpected = columnsOf(dWhole, vocabulary, shard.firstToken, shard.vocabulary);
          expect(largestDifference(dShard, dExpected)).toBeLessThan(1e-12 * scale);
        }
      }),
    );
  });
});

function columnsOf(matrix: Float64Array, columns: number, start: number, length: number): Float64Array {
  return matrix.filter((_, i) => i % columns >= start && i % columns < start + length);
}

// The token index against its definition, for any tokens.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partition } from '../../core/partition';
import { buildTokenIndex } from './tokenIndex';

const batches = fc.integer({ min: 1, max: 40 }).chain((vocabulary) =>
  fc.record({
    vocabulary: fc.constant(vocabulary),
    tokens: fc.array(fc.integer({ min: 0, max: vocabulary - 1 }), { maxLength: 200 }),
  }),
);

test('rows are sorted by token and keep their order within a token', () => {
  fc.assert(
    fc.property(batches, ({ vocabulary, tokens }) => {
      const { order, starts } = buildTokenIndex(Uint32Array.from(tokens), vocabulary);
      expect(starts[vocabulary]).toBe(tokens.length);
      for (let token = 0; token < vocabulary; token++) {
        const rows = tokens.flatMap((value, row) => (value === token ? [row] : []));
        expect([...order.subarray(starts[token], starts[token + 1])]).toEqual(rows);
      }
    }),
  );
});

test('given arrays are filled whatever they held', () => {
  const into = { order: new Uint32Array(4).fill(9), starts: new Uint32Array(4).fill(9) };
  const index = buildTokenIndex(Uint32Array.of(2, 0, 2, 1), 3, into);
  expect(index.order).toBe(into.order);
  expect([...into.order]).toEqual([1, 3, 0, 2]);
  expect([...into.starts]).toEqual([0, 1, 2, 4]);
});

test('the index of a shard holds its tokens alone, by their place in it', () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 40 }), ({ vocabulary, tokens }, wanted) => {
      const shards = partition(vocabulary, Math.min(wanted, vocabulary));
      for (const shard of shards) {
        const { order, starts } = buildTokenIndex(Uint32Array.from(tokens), vocabulary, undefined, shard);
        expect([order.length, starts.length]).toEqual([tokens.length, shard.length + 1]);
        for (let token = 0; token < shard.length; token++) {
          const rows = tokens.flatMap((value, row) => (value === shard.start + token ? [row] : []));
          expect([...order.subarray(starts[token], starts[token + 1])]).toEqual(rows);
        }
        expect(order.subarray(starts[shard.length]).every((row) => row === 0)).toBe(true);
      }
    }),
  );
});

test('a token outside the vocabulary is named', () => {
  expect(() => buildTokenIndex(Uint32Array.of(0, 3), 3)).toThrow('token 3 of row 1 is not in 0..2');
});

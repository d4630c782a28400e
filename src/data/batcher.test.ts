// The batcher is a function: same place, same rows; every split of a step is the same step.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import { batch, IGNORED_TARGET, validationBatches } from './batcher';

const tokens = Uint32Array.from({ length: 5_003 }, (_, i) => i);
const place = {
  seed: 7,
  step: 3,
  rank: 0,
  dpSize: 1,
  microBatch: 0,
  microBatches: 1,
  batchSize: 24,
  sequenceLength: 16,
};

const anyPlace = fc
  .record({
    seed: fc.nat(0xffff_ffff),
    step: fc.nat(1e6),
    sequenceLength: fc.integer({ min: 1, max: 64 }),
    dpSize: fc.integer({ min: 1, max: 4 }),
    microBatches: fc.integer({ min: 1, max: 4 }),
    rows: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ rows, ...rest }) => ({ ...place, ...rest, batchSize: rows * rest.dpSize * rest.microBatches }));

/** Batches that need not divide, but give every micro-batch a row. */
const unevenPlace = fc
  .record({ where: anyPlace, extra: fc.nat(20) })
  .map(({ where, extra }) => ({ ...where, batchSize: where.batchSize + extra }));

describe('batch', () => {
  test('is repeatable, and another step, seed or row draws other windows', () => {
    expect(batch(tokens, place)).toEqual(batch(tokens, place));
    for (const other of [{ step: 4 }, { seed: 8 }])
      expect(batch(tokens, { ...place, ...other })).not.toEqual(batch(tokens, place));
    const starts = new Set(Array.from({ length: 24 }, (_, row) => batch(tokens, place).inputs[row * 16]));
    expect(starts.size).toBeGreaterThan(20);
  });

  test('ranks and micro-batches together hold exactly the rows of one worker, uneven ones too', () => {
    fc.assert(
      fc.property(unevenPlace, (whole) => {
        const { dpSize, microBatches, sequenceLength } = whole;
        const all = batch(tokens, { ...whole, dpSize: 1, microBatches: 1 });
        const rows: number[] = [];
        const shapes = new Set<number>();
        for (let rank = 0; rank < dpSize; rank++) {
          for (let microBatch = 0; microBatch < microBatches; microBatch++) {
            const part = batch(tokens, { ...whole, rank, microBatch });
            shapes.add(part.inputs.length);
            for (let row = 0; row < part.rows; row++) {
              const from = row * sequenceLength;
              const targets = part.targets.subarray(from, from + sequenceLength);
              // A row that is missing does not count.
              if (targets.every((target) => target === IGNORED_TARGET)) continue;
              const global = (part.firstRow + row) * sequenceLength;
              rows.push(part.firstRow + row);
              expect(targets).toEqual(all.targets.subarray(global, global + sequenceLength));
              expect(part.inputs.subarray(from, from + sequenceLength)).toEqual(
                all.inputs.subarray(global, global + sequenceLength),
              );
            }
          }
        }
        expect(rows).toEqual(Array.from({ length: whole.batchSize }, (_, row) => row));
        expect(shapes.size).toBe(1);
      }),
    );
  });

  test('targets are the next tokens, and every window lies inside', () => {
    fc.assert(
      fc.property(anyPlace, (where) => {
        const { inputs, targets } = batch(tokens, where);
        // Token i of this corpus is i.
        inputs.forEach((token, i) => {
          expect(targets[i]).toBe(token + 1);
          if (i % where.sequenceLength > 0) expect(token).toBe(inputs[i - 1] + 1);
          expect(targets[i]).toBeLessThan(tokens.length);
        });
      }),
    );
  });

  test('reaches the first and the last window, and about all between', () => {
    const short = Uint32Array.from({ length: 12 }, (_, i) => i);
    const seen = new Set<number>();
    for (let step = 0; step < 200; step++) {
      for (const [i, token] of batch(short, { ...place, sequenceLength: 4, batchSize: 2, step }).inputs.entries())
        if (i % 4 === 0) seen.add(token);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('refuses too few tokens and micro-batches without a row, with numbers', () => {
    expect(() => batch(tokens.subarray(0, 16), place)).toThrow(LabError);
    expect(() => batch(tokens, { ...place, microBatches: 25 })).toThrow(/24 rows/);
    expect(batch(tokens.subarray(0, 17), place).inputs[0]).toBe(0);
  });
});

describe('validationBatches', () => {
  test('windows are evenly spaced, never overlap, and reach the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 17, max: 5_000 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        (length, batches, batchSize) => {
          const list = validationBatches(tokens.subarray(0, length), { batches, batchSize, sequenceLength: 16 });
          expect(list.length).toBeGreaterThan(0);
          expect(list.length).toBeLessThanOrEqual(batches);
          const counted: number[] = [];
          for (const { inputs, targets } of list) {
            expect(inputs).toHaveLength(batchSize * 16);
            targets.forEach((target, i) => {
              if (target === IGNORED_TARGET) return;
              expect(target).toBe(inputs[i] + 1);
              counted.push(target);
            });
          }
          expect(new Set(counted).size).toBe(counted.length);
          expect(counted.length % 16).toBe(0);
          if (counted.length > 16) expect(counted.at(-1)).toBe(length - 1);
        },
      ),
    );
  });
});

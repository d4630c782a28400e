// Shards: what was written is read back, in an order that a seed gives and a step resumes; every mesh has the same rows; the map of readings is right.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultPipelineConfig } from '../../../core/pipelineConfig';
import type { ShardIndex } from '../../../core/pipelineRecords';
import { MemoryStore } from '../../../testing/memoryStore';
import { type Batch, batch } from '../../batcher';
import { ReadingMap } from './readingMap';
import { shardBatch } from './shardBatcher';
import { readDocumentStarts, ShardReader } from './shardReader';
import { shuffle } from './shuffle';
import { SplitWriter } from './splitWriter';

const sequenceLength = 8;

/** Documents of these lengths; token i of the split is i. */
async function written(lengths: readonly number[], vocabularySize = 70_000) {
  const store = new MemoryStore();
  const options = { shardTokens: 4 * sequenceLength, sequenceLength, vocabularySize };
  const writer = new SplitWriter('train', options, (name, bytes) => store.write(name, bytes));
  let next = 0;
  for (const [record, length] of lengths.entries()) {
    writer.enter(0, record + 1, length);
    await writer.write(Uint32Array.from({ length }, () => next++));
  }
  const train = await writer.finish();
  const index: ShardIndex = {
    ...{ format: 'shardlab-tokens', version: 1, vocabularySize, documentEnd: [], sequenceLength, files: ['a'] },
    dtype: vocabularySize <= 65_536 ? 'uint16' : 'uint32',
    splits: { train, validation: train },
    config: defaultPipelineConfig,
  };
  const documents = new Uint32Array((await store.read('train-documents.bin', 0, 1e9)).buffer);
  return { store, index, train, reader: new ShardReader(index, 'train', store), documents };
}

describe.each([60_000, 70_000])('vocabulary %i', (vocabularySize) => {
  test('tokens come back across the borders of shards, and a changed shard is refused', async () => {
    const { store, index, reader, train } = await written([5, 30, 1, 64, 17], vocabularySize);
    expect([train.documents, train.tokens, train.sequences, train.shards.length]).toEqual([5, 117, 14, 4]);
    for (let sequence = 0; sequence < train.sequences; sequence++) {
      const expected = Array.from({ length: sequenceLength + 1 }, (_, i) => sequence * sequenceLength + i);
      expect([...(await reader.sequence(sequence))]).toEqual(expected);
    }
    await expect(reader.sequence(14)).rejects.toThrow('past the end');
    const [first] = store.files.values();
    first[3] ^= 1;
    await expect(new ShardReader(index, 'train', store).sequence(0)).rejects.toThrow(
      'train-00000.bin is not what was written.',
    );
  });
});

test('where documents begin is read from their file, and a changed file is refused', async () => {
  const { store, train } = await written([5, 30, 1, 64, 17]);
  expect([...(await readDocumentStarts(train, store))]).toEqual([0, 5, 35, 36, 100]);
  const file = store.files.get('train-documents.bin');
  if (file) file[8] ^= 1;
  await expect(readDocumentStarts(train, store)).rejects.toThrow('train-documents.bin is not what was written.');
});

test('a shuffle is a permutation, its inverse is right, and seeds and epochs differ', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(9), (count, seed, epoch) => {
      const order = shuffle(count, seed, epoch);
      const numbers = Array.from({ length: count }, (_, place) => order.at(place));
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      numbers.forEach((number, place) => {
        expect(order.placeOf(number)).toBe(place);
      });
    }),
    { numRuns: 60 },
  );
  const first = (seed: number, epoch: number) =>
    Array.from({ length: 20 }, (_, i) => shuffle(1_000, seed, epoch).at(i)).join();
  expect(new Set([first(1, 0), first(2, 0), first(1, 1)]).size).toBe(3);
});

test('an epoch reads every sequence once; every mesh reads the same rows; a step resumes by its number', async () => {
  const { reader, train, index, store } = await written([200, 3, 90, 44]);
  const whole = { seed: 5, batchSize: 6, rank: 0, dpSize: 1, microBatch: 0, microBatches: 1 };
  const seen: number[] = [];
  const steps: Batch[] = [];
  for (let step = 0; step * 6 < train.sequences * 2; step++) {
    const batch = await shardBatch(reader, { ...whole, step });
    steps.push(batch);
    for (let row = 0; row < 6; row++) seen.push(batch.inputs[row * sequenceLength] / sequenceLength);
    expect([...batch.targets]).toEqual([...batch.inputs].map((token) => token + 1));
    const rows = new Map<number, number[]>();
    for (const [dpSize, microBatches] of [
      [2, 1],
      [1, 3],
      [2, 3],
      [4, 1],
    ]) {
      for (let rank = 0; rank < dpSize; rank++) {
        for (let microBatch = 0; microBatch < microBatches; microBatch++) {
          const part = await shardBatch(reader, { ...whole, step, rank, dpSize, microBatch, microBatches });
          for (let row = 0; row < part.rows; row++) {
            const targets = [...part.targets.subarray(row * sequenceLength, (row + 1) * sequenceLength)];
            if (targets[0] < 0) continue;
            rows.set(part.firstRow + row, targets);
            expect(targets).toEqual([
              ...batch.targets.subarray(
                (part.firstRow + row) * sequenceLength,
                (part.firstRow + row + 1) * sequenceLength,
              ),
            ]);
          }
        }
      }
      expect(rows.size).toBe(6);
    }
  }
  for (const epoch of [0, 1]) {
    const own = seen.slice(epoch * train.sequences, (epoch + 1) * train.sequences);
    expect(own.toSorted((a, b) => a - b)).toEqual(Array.from({ length: train.sequences }, (_, i) => i));
  }
  // A reader that begins at a step, whichever, gives what one gives that read all before it: across shards and epochs.
  expect(steps.length * 6).toBeGreaterThan(train.sequences);
  for (const [step, batch] of [...steps.entries()].reverse())
    expect(await shardBatch(new ShardReader(index, 'train', store), { ...whole, step })).toEqual(batch);
});

test('tokens in memory, read by sequences, give the same rows as their shards do', async () => {
  const { train, reader } = await written([11, 1, 40, 7, 64, 2, 2, 30]);
  const tokens = await reader.tokens(0, train.tokens);
  const run = { seed: 3, rank: 1, dpSize: 2, microBatch: 0, microBatches: 1, batchSize: 5 };
  for (const step of [0, 2, 9]) {
    const whole = batch(tokens, { ...run, step, sequenceLength, rowOrder: 'sequences' });
    expect(whole).toEqual(await shardBatch(reader, { ...run, step }));
  }
});

test('the map of readings agrees with what batches hold, both ways', async () => {
  const { train, documents, reader } = await written([11, 1, 40, 7, 64, 2, 2, 30]);
  const map = new ReadingMap(train.tokens, sequenceLength, documents);
  const run = { seed: 9, batchSize: 4, dpSize: 2, microBatches: 2 };
  const starts = [0, 11, 12, 52, 59, 123, 125, 127, 157];
  const byDocument = new Map<number, string[]>();
  for (let step = 0; step * 4 < train.sequences; step++) {
    for (const reading of map.readingsOfStep(step, run)) {
      if (reading.epoch > 0) continue;
      const { rank, microBatch, row } = reading;
      const batch = await shardBatch(reader, { ...run, step, rank, microBatch });
      const inputs = [
        ...batch.inputs.subarray((row - batch.firstRow) * sequenceLength, (row - batch.firstRow + 1) * sequenceLength),
      ];
      expect(reading.documents.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(sequenceLength);
      for (const { index, from, to, record } of reading.documents) {
        expect(record).toBe(index + 1);
        for (const token of inputs.slice(from, to))
          expect(token >= starts[index] && token < starts[index + 1]).toBe(true);
        byDocument.set(index, [
          ...(byDocument.get(index) ?? []),
          `${reading.sequence} ${step} ${row} ${rank} ${microBatch}`,
        ]);
      }
    }
  }
  for (let index = 0; index < 8; index++) {
    const readings = map.readingsOfDocument(index, 0, run);
    const told = readings.map(
      ({ sequence, step, row, rank, microBatch }) => `${sequence} ${step} ${row} ${rank} ${microBatch}`,
    );
    expect(told.toSorted()).toEqual((byDocument.get(index) ?? []).toSorted());
  }
});

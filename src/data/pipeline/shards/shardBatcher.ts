// Batches over shards, as a function of (seed, step, row) and nothing else: a run resumes exactly by its step, and every mesh has the same rows.
// Each epoch reads every sequence once, in an order of its own. It keeps no position.

import { LabError } from '../../../core/errors';
import { type Batch, type BatchPlace, emptyMicroBatch, fillRow, rowsOf } from '../../batcher';
import { SequenceOrder } from './sequenceOrder';
import type { ShardReader } from './shardReader';

export type ShardPlace = Omit<BatchPlace, 'sequenceLength'>;

/** The rows of one micro-batch of one rank, as data/batcher deals them. @throws LabError `data.invalid`, `config.invalid`, `storage` */
export async function shardBatch(reader: ShardReader, place: ShardPlace): Promise<Batch> {
  const { sequenceLength } = reader;
  const { result, length } = emptyMicroBatch(place, sequenceLength);
  const order = new SequenceOrder(reader.split.sequences, place.seed, place.batchSize);
  for (let row = 0; row < length; row++) {
    const { sequence } = order.sequence(place.step, result.firstRow + row);
    fillRow(result, row, await reader.sequence(sequence), 0, sequenceLength);
  }
  return result;
}

/** The rank and micro-batch that have a row of the global batch. */
export function ownerOfRow(
  row: number,
  { dpSize, microBatches, batchSize }: Pick<ShardPlace, 'dpSize' | 'microBatches' | 'batchSize'>,
): { readonly rank: number; readonly microBatch: number } {
  for (let rank = 0; rank < dpSize; rank++) {
    for (let microBatch = 0; microBatch < microBatches; microBatch++) {
      const { firstRow, length } = rowsOf({ rank, microBatch, dpSize, microBatches, batchSize });
      if (row >= firstRow && row < firstRow + length) return { rank, microBatch };
    }
  }
  throw new LabError({ code: 'internal', message: `A batch of ${batchSize} rows has no row ${row}.` });
}

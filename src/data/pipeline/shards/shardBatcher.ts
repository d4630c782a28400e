// Batches over shards, as a function of (seed, step, row) and nothing else: a run resumes exactly by its step, and every mesh has the same rows.
// Each epoch reads every sequence once, in an order of its own. It keeps no position.

import { LabError } from '../../../core/errors';
import { partOf } from '../../../core/partition';
import { type Batch, type BatchPlace, IGNORED_TARGET } from '../../batcher';
import { SequenceOrder } from './sequenceOrder';
import type { ShardReader } from './shardReader';

export type ShardPlace = Omit<BatchPlace, 'sequenceLength'>;

/** The rows of one micro-batch of one rank, as data/batcher deals them. @throws LabError `data.invalid`, `config.invalid`, `storage` */
export async function shardBatch(reader: ShardReader, place: ShardPlace): Promise<Batch> {
  const { seed, step, dpSize, microBatches, batchSize } = place;
  const parts = dpSize * microBatches;
  if (batchSize < parts) {
    throw new LabError({
      code: 'config.invalid',
      message: `A batch of ${batchSize} rows does not fill ${microBatches} micro-batches on each of ${dpSize} ranks.`,
      advice: `Choose a batch size of at least ${parts}.`,
    });
  }
  const { sequenceLength } = reader;
  const order = new SequenceOrder(reader.split.sequences, seed, batchSize);
  const { firstRow, length } = rowsOf(place);
  const rows = Math.ceil(batchSize / parts);
  const inputs = new Uint32Array(rows * sequenceLength);
  const targets = new Int32Array(rows * sequenceLength).fill(IGNORED_TARGET);
  for (let row = 0; row < length; row++) {
    const tokens = await reader.sequence(order.sequence(step, firstRow + row).sequence);
    inputs.set(tokens.subarray(0, sequenceLength), row * sequenceLength);
    targets.set(tokens.subarray(1), row * sequenceLength);
  }
  return { inputs, targets, rows, firstRow };
}

function rowsOf({ rank, dpSize, microBatch, microBatches, batchSize }: Omit<ShardPlace, 'seed' | 'step'>): {
  readonly firstRow: number;
  readonly length: number;
} {
  const own = partOf(batchSize, dpSize, rank);
  const { start, length } = partOf(own.length, microBatches, microBatch);
  return { firstRow: own.start + start, length };
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

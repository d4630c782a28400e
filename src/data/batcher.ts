// Which tokens a step trains on, as a function of (seed, step, row) and nothing else: resume, replay, accumulation and
// data parallelism are the same function. Pure; it keeps no position and no order.

import { LabError } from '../core/errors';
import { partOf } from '../core/partition';
import type { RowOrder } from '../core/records';
import { hashName, threefry2x32 } from '../core/rng';
import { SequenceOrder, wholeSequences } from './pipeline/shards/sequenceOrder';

/** Target of a position that does not count, as transformers has it. */
export const IGNORED_TARGET = -100;

export interface Batch {
  /** [rows, sequenceLength] token ids, row by row. */
  readonly inputs: Uint32Array;
  /** [rows, sequenceLength]: the token after each input; IGNORED_TARGET where there is none. */
  readonly targets: Int32Array;
  readonly rows: number;
  /** The row of the global batch that row 0 is. */
  readonly firstRow: number;
}

export interface BatchPlace {
  /** The run's seed, 32 bits. */
  readonly seed: number;
  /** 0 for the first optimiser step. */
  readonly step: number;
  /** Data-parallel rank, 0 to dpSize - 1. */
  readonly rank: number;
  readonly dpSize: number;
  /** 0 to microBatches - 1. */
  readonly microBatch: number;
  readonly microBatches: number;
  /** Rows of the global batch. */
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** Left out: windows. */
  readonly rowOrder?: RowOrder | undefined;
}

const WINDOW_STREAM = hashName('batch.windows');

/**
 * The rows of one micro-batch of one rank. Global row g begins at a position drawn by (seed, step, g), or is the whole sequence that the
 * epoch's order has there; ranks hold contiguous parts of the
 * global batch, micro-batches contiguous parts of those, as even as can be. So every way of splitting a step has the same rows. All
 * micro-batches have the same shape: where rows do not divide, the last row of some is empty (0 and IGNORED_TARGET).
 *
 * @param tokens the training part, at least sequenceLength + 1 long
 * @throws LabError `data.invalid` where tokens are too few; `config.invalid` where a micro-batch would have no row at all
 */
export function batch(tokens: Uint32Array, place: BatchPlace): Batch {
  const { sequenceLength } = place;
  const positions = rowPositions(tokens, place);
  const { result } = emptyMicroBatch(place, sequenceLength);
  for (const [row, position] of positions.entries()) fillRow(result, row, tokens, position, sequenceLength);
  return result;
}

/** Where the rows of `batch` begin in `tokens`, empty ones left out. @throws LabError as `batch` */
export function rowPositions(tokens: Uint32Array, place: BatchPlace): readonly number[] {
  const { seed, step, batchSize, sequenceLength } = place;
  const positions = windowPositions(tokens, sequenceLength);
  const { firstRow, length } = batchRows(place);
  const sequences = wholeSequences(tokens.length, sequenceLength);
  const order = place.rowOrder === 'sequences' ? new SequenceOrder(sequences, seed, batchSize) : null;
  return Array.from({ length }, (_, row) =>
    order === null
      ? drawnPosition(seed, step, firstRow + row, positions)
      : order.sequence(step, firstRow + row).sequence * sequenceLength,
  );
}

export type RowsPlace = Pick<BatchPlace, 'rank' | 'dpSize' | 'microBatch' | 'microBatches' | 'batchSize'>;

/** The rows of the global batch that a micro-batch of a rank has. */
export function rowsOf({ rank, dpSize, microBatch, microBatches, batchSize }: RowsPlace): {
  readonly firstRow: number;
  readonly length: number;
} {
  const own = partOf(batchSize, dpSize, rank);
  const { start, length } = partOf(own.length, microBatches, microBatch);
  return { firstRow: own.start + start, length };
}

/** A micro-batch of the shape that all have, with `length` rows to be filled. @throws LabError `config.invalid` */
export function emptyMicroBatch(
  place: RowsPlace,
  sequenceLength: number,
): { readonly result: Batch; readonly length: number } {
  const { firstRow, length, rows } = batchRows(place);
  return { result: emptyBatch(rows, sequenceLength, firstRow), length };
}

/**
 * Which rows of the global batch a micro-batch has, and the rows of the shape that all micro-batches have.
 * @throws LabError `config.invalid` where a micro-batch would have no row at all
 */
export function batchRows(place: RowsPlace): {
  readonly firstRow: number;
  readonly length: number;
  readonly rows: number;
} {
  const { dpSize, microBatches, batchSize } = place;
  const parts = dpSize * microBatches;
  if (batchSize < parts) {
    throw new LabError({
      code: 'config.invalid',
      message: `A batch of ${batchSize} rows does not fill ${microBatches} micro-batches on each of ${dpSize} ranks.`,
      advice: `Choose a batch size of at least ${parts}.`,
    });
  }
  return { ...rowsOf(place), rows: Math.ceil(batchSize / parts) };
}

function drawnPosition(seed: number, step: number, row: number, positions: number): number {
  const [high, low] = threefry2x32(seed, WINDOW_STREAM, step, row);
  // 53 of the 64 bits: exact in a double, and even over any corpus length to 2^-21 of a position.
  return Math.floor((high * 2 ** -32 + (low >>> 11) * 2 ** -53) * positions);
}

export interface ValidationPlace {
  /** Most batches wanted. */
  readonly batches: number;
  readonly batchSize: number;
  readonly sequenceLength: number;
}

/**
 * Fixed windows over the held-out part, evenly spaced from its first token to its last and never overlapping: fewer than
 * asked for where it is short. Rows past them are filled with 0 and IGNORED_TARGET, so that every batch has its full shape.
 *
 * @throws LabError `data.invalid` where tokens are too few for one window
 */
export function validationBatches(tokens: Uint32Array, place: ValidationPlace): readonly Batch[] {
  const { batchSize, sequenceLength } = place;
  const positions = validationPositions(tokens, place);
  return Array.from({ length: Math.ceil(positions.length / batchSize) }, (_, index) => {
    const firstRow = index * batchSize;
    const result = emptyBatch(batchSize, sequenceLength, firstRow);
    const own = positions.slice(firstRow, firstRow + batchSize);
    for (const [row, position] of own.entries()) fillRow(result, row, tokens, position, sequenceLength);
    return result;
  });
}

/** Where the windows of `validationBatches` begin in `tokens`, one after another. @throws LabError as it */
export function validationPositions(tokens: Uint32Array, place: ValidationPlace): readonly number[] {
  const { batches, batchSize, sequenceLength } = place;
  windowPositions(tokens, sequenceLength);
  const windows = Math.min(batches * batchSize, Math.floor((tokens.length - 1) / sequenceLength));
  const lastStart = tokens.length - 1 - sequenceLength;
  return Array.from({ length: windows }, (_, window) =>
    windows === 1 ? 0 : Math.floor((window * lastStart) / (windows - 1)),
  );
}

/** Number of starts that leave room for sequenceLength inputs and the last one's target. */
function windowPositions(tokens: Uint32Array, sequenceLength: number): number {
  const positions = tokens.length - sequenceLength;
  if (positions >= 1) return positions;
  throw new LabError({
    code: 'data.invalid',
    message: 'There are too few tokens for one sequence.',
    why: `Has ${tokens.length}, needs ${sequenceLength + 1}.`,
    advice: 'Use more text or a shorter sequence length.',
  });
}

function emptyBatch(rows: number, sequenceLength: number, firstRow: number): Batch {
  const size = rows * sequenceLength;
  return { rows, firstRow, inputs: new Uint32Array(size), targets: new Int32Array(size).fill(IGNORED_TARGET) };
}

/** @param start of the row's first input in `tokens`; its last target is sequenceLength behind */
export function fillRow(into: Batch, row: number, tokens: Uint32Array, start: number, sequenceLength: number): void {
  into.inputs.set(tokens.subarray(start, start + sequenceLength), row * sequenceLength);
  into.targets.set(tokens.subarray(start + 1, start + 1 + sequenceLength), row * sequenceLength);
}

// Which tokens a step trains on, as a function of (seed, step, row) and nothing else: resume, replay, accumulation and
// data parallelism are the same function. Pure; it keeps no position and no order.

import { LabError } from '../core/errors';
import { hashName, threefry2x32 } from '../core/rng';

/** Target of a position that does not count, as transformers has it. */
export const IGNORED_TARGET = -100;

export interface Batch {
  /** [rows, sequenceLength] token ids, row by row. */
  readonly inputs: Uint32Array;
  /** [rows, sequenceLength]: the token after each input; IGNORED_TARGET where there is none. */
  readonly targets: Int32Array;
  readonly rows: number;
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
  /** Rows of the global batch: divisible by dpSize * microBatches. */
  readonly batchSize: number;
  readonly sequenceLength: number;
}

const WINDOW_STREAM = hashName('batch.windows');

/**
 * The rows of one micro-batch of one rank: batchSize / (dpSize * microBatches) of them. Global row g begins at a position
 * drawn by (seed, step, g); rank r holds rows [r, r + 1) * batchSize / dpSize, its micro-batches contiguous parts of those.
 * So every way of splitting a step has the same rows.
 *
 * @param tokens the training part, at least sequenceLength + 1 long
 * @throws LabError `data.invalid` where tokens are too few; `config.invalid` where the batch does not divide
 */
export function batch(tokens: Uint32Array, place: BatchPlace): Batch {
  const { seed, step, rank, dpSize, microBatch, microBatches, batchSize, sequenceLength } = place;
  const parts = dpSize * microBatches;
  if (batchSize % parts !== 0) {
    throw new LabError({
      code: 'config.invalid',
      message: `A batch of ${batchSize} rows does not divide over ${dpSize} ranks and ${microBatches} micro-batches.`,
      advice: `Choose a batch size that ${parts} divides.`,
    });
  }
  const positions = windowPositions(tokens, sequenceLength);
  const rows = batchSize / parts;
  const firstRow = (rank * microBatches + microBatch) * rows;
  const result = emptyBatch(rows, sequenceLength);
  for (let row = 0; row < rows; row++) {
    const [high, low] = threefry2x32(seed, WINDOW_STREAM, step, firstRow + row);
    // 53 of the 64 bits: exact in a double, and even over any corpus length to 2^-21 of a position.
    const start = Math.floor((high * 2 ** -32 + (low >>> 11) * 2 ** -53) * positions);
    fillRow(result, row, tokens, start, sequenceLength);
  }
  return result;
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
  const { batches, batchSize, sequenceLength } = place;
  windowPositions(tokens, sequenceLength);
  const windows = Math.min(batches * batchSize, Math.floor((tokens.length - 1) / sequenceLength));
  const lastStart = tokens.length - 1 - sequenceLength;
  return Array.from({ length: Math.ceil(windows / batchSize) }, (_, index) => {
    const result = emptyBatch(batchSize, sequenceLength);
    for (let row = 0; row < batchSize; row++) {
      const window = index * batchSize + row;
      if (window >= windows) break;
      fillRow(
        result,
        row,
        tokens,
        windows === 1 ? 0 : Math.floor((window * lastStart) / (windows - 1)),
        sequenceLength,
      );
    }
    return result;
  });
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

function emptyBatch(rows: number, sequenceLength: number): Batch {
  const size = rows * sequenceLength;
  return { rows, inputs: new Uint32Array(size), targets: new Int32Array(size).fill(IGNORED_TARGET) };
}

function fillRow(into: Batch, row: number, tokens: Uint32Array, start: number, sequenceLength: number): void {
  into.inputs.set(tokens.subarray(start, start + sequenceLength), row * sequenceLength);
  into.targets.set(tokens.subarray(start + 1, start + 1 + sequenceLength), row * sequenceLength);
}

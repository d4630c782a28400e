// PowerSGD (Vogels, Karimireddy and Jaggi 2019, algorithms 1 and 2): the bucket as a near-square matrix M is sent as two thin factors.
//   P = sum of M Q over ranks;  P orthonormal by Gram-Schmidt;  Q = sum of M^T P;  result P Q^T
// One power iteration a step, begun with the Q of the step before. Sums are linear in M, so two plain all-reduces do it.

import { fillNormal } from '../../core/rng';
import { allReduce } from '../collectives/allReduce';
import type { CallOptions, Group } from '../collectives/group';
import type { Payload } from '../transport/message';
import { refusePayload } from './codec';
import { type CompressionState, settleResidual, withResidual } from './state';

/** Rows, columns and rank of the factors for a bucket. */
export interface FactorShape {
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
}

/** Near-square: fewest values in the factors. Null where the factors would not be smaller than the bucket. */
export function factorShape(length: number, wantedRank: number): FactorShape | null {
  const rows = Math.ceil(Math.sqrt(length));
  const columns = rows === 0 ? 0 : Math.ceil(length / rows);
  const rank = Math.min(wantedRank, columns);
  return rank * (rows + columns) < length ? { rows, columns, rank } : null;
}

/** In place on `data`; see compressedAllReduce. */
export async function powerAllReduce(
  group: Group,
  data: Float32Array,
  wantedRank: number,
  errorFeedback: boolean,
  state: CompressionState,
  options: CallOptions,
): Promise<void> {
  const shape = factorShape(data.length, wantedRank);
  if (shape === null) {
    await allReduce(group, data, options);
    return;
  }
  const { key = '' } = options;
  const input = withResidual(state, data, errorFeedback);
  const left = timesRight(input, startOf(state, shape), shape);
  await allReduce(group, left, { ...options, key: `${key} left` });
  orthonormalize(left, shape);
  const right = timesLeft(input, left, shape);
  if (errorFeedback) {
    // What this rank brings to the result; not the mean, so that ranks whose data differ do not pile up the difference.
    eachProduct(left, right, shape, input.length, (i, value) => {
      input[i] -= value;
    });
    settleResidual(input);
  }
  await allReduce(group, right, { ...options, key: `${key} right` });
  eachProduct(left, right, shape, data.length, (i, value) => {
    data[i] = value;
  });
  // Every rank has the same bits here, and so keeps or forgets alike.
  state.right = right.every((value) => Number.isFinite(value)) ? right : undefined;
}

/** The two factors of one rank's values, for one other rank: [rows, rank] and [columns, rank]; the values where they are not more. */
export function powerEncode(
  values: Float32Array,
  wantedRank: number,
  errorFeedback: boolean,
  state: CompressionState,
): Payload {
  const shape = factorShape(values.length, wantedRank);
  if (shape === null) return [values.slice()];
  const input = withResidual(state, values, errorFeedback);
  const left = timesRight(input, startOf(state, shape), shape);
  orthonormalize(left, shape);
  const right = timesLeft(input, left, shape);
  if (errorFeedback) {
    eachProduct(left, right, shape, input.length, (i, value) => {
      input[i] -= value;
    });
    settleResidual(input);
  }
  state.right = right.every((value) => Number.isFinite(value)) ? right.slice() : undefined;
  return [left, right];
}

/** @throws RangeError for a payload that is not one of `length` values */
export function powerDecode(payload: Payload, length: number, wantedRank: number): Float32Array {
  const shape = factorShape(length, wantedRank);
  const [left, right] = payload;
  if (shape === null) {
    if (payload.length === 1 && left instanceof Float32Array && left.length === length) return left;
    throw refusePayload(payload, `${length} values`);
  }
  const { rows, columns, rank } = shape;
  const fits =
    left instanceof Float32Array &&
    right instanceof Float32Array &&
    left.length === rows * rank &&
    right.length === columns * rank;
  if (!fits) throw refusePayload(payload, `factors of ${rows * rank} and ${columns * rank} values`);
  const out = new Float32Array(length);
  eachProduct(left, right, shape, length, (i, value) => {
    out[i] = value;
  });
  return out;
}

/** The Q to begin with: the last one, a column that died (a gradient of lower rank) drawn anew. */
function startOf(state: CompressionState, { columns, rank }: FactorShape): Float32Array {
  const drawn = new Float32Array(columns * rank);
  fillNormal(drawn, 0, 'powerSgd', 1);
  const { right } = state;
  if (right === undefined) return drawn;
  for (let k = 0; k < rank; k++) {
    let largest = 0;
    for (let column = 0; column < columns; column++) largest = Math.max(largest, Math.abs(right[column * rank + k]));
    if (largest > 0)
      for (let column = 0; column < columns; column++) drawn[column * rank + k] = right[column * rank + k];
  }
  return drawn;
}

/** M Q: [rows, rank]. */
function timesRight(matrix: Float32Array, right: Float32Array, { rows, columns, rank }: FactorShape): Float32Array {
  const out = new Float32Array(rows * rank);
  const sums = new Float64Array(rank);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    const start = row * columns;
    const width = Math.min(columns, matrix.length - start);
    for (let column = 0; column < width; column++) {
      const value = matrix[start + column];
      for (let k = 0; k < rank; k++) sums[k] += value * right[column * rank + k];
    }
    out.set(sums, row * rank);
  }
  return out;
}

/** M^T P: [columns, rank]. */
function timesLeft(matrix: Float32Array, left: Float32Array, { rows, columns, rank }: FactorShape): Float32Array {
  const sums = new Float64Array(columns * rank);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const width = Math.min(columns, matrix.length - start);
    for (let column = 0; column < width; column++) {
      const value = matrix[start + column];
      for (let k = 0; k < rank; k++) sums[column * rank + k] += value * left[row * rank + k];
    }
  }
  return Float32Array.from(sums);
}

/** Visits the first `length` elements of P Q^T. */
function eachProduct(
  left: Float32Array,
  right: Float32Array,
  { columns, rank }: FactorShape,
  length: number,
  visit: (index: number, value: number) => void,
): void {
  for (let start = 0, row = 0; start < length; start += columns, row++) {
    const width = Math.min(columns, length - start);
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += left[row * rank + k] * right[column * rank + k];
      visit(start + column, sum);
    }
  }
}

/** Modified Gram-Schmidt over the columns of [rows, rank], in place; a column that vanishes becomes 0, NaN stays NaN. */
function orthonormalize(matrix: Float32Array, { rows, rank }: FactorShape): void {
  for (let k = 0; k < rank; k++) {
    const before = Math.sqrt(dot(matrix, k, k, rows, rank));
    for (let other = 0; other < k; other++) {
      const along = dot(matrix, other, k, rows, rank);
      for (let row = 0; row < rows; row++) matrix[row * rank + k] -= along * matrix[row * rank + other];
    }
    const norm = Math.sqrt(dot(matrix, k, k, rows, rank));
    // What is left of a column that lies in the span of those before it is rounding: not a direction.
    const factor = norm <= before * 1e-6 ? 0 : 1 / norm;
    for (let row = 0; row < rows; row++) matrix[row * rank + k] *= factor;
  }
}

function dot(matrix: Float32Array, a: number, b: number, rows: number, rank: number): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += matrix[row * rank + a] * matrix[row * rank + b];
  return sum;
}

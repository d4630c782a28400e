// One Muon step in float64: momentum, made nearly orthogonal by Newton-Schulz iterations (Jordan et al. 2024).
// For matrices only; what else there is (vectors, embeddings) is another optimiser's, by the caller's choice.

import { matmul } from './matmul';

/** Coefficients of the quintic iteration X = aX + b(XX^T)X + c(XX^T)^2 X. */
const A = 3.4445;
const B = -4.775;
const C = 2.0315;
const ITERATIONS = 5;
const NORM_EPSILON = 1e-7;
/** Root mean square of a typical AdamW update: with it one learning rate serves matrices and the rest alike. */
const ADAMW_RMS = 0.2;

export interface MuonSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  /** Decoupled: p shrinks by 1 - lr * decay. */
  readonly weightDecay: number;
}

export interface MuonState {
  /** [rows, columns] */
  readonly parameter: Float64Array;
  /** [rows, columns], zeros at first: a running mean of gradients. */
  readonly buffer: Float64Array;
}

/** An orthogonal [rows, columns] has entries of root mean square 1 / sqrt(max(rows, columns)); this brings them to AdamW's. */
function muonScale(rows: number, columns: number): number {
  return ADAMW_RMS * Math.sqrt(Math.max(rows, columns));
}

/**
 * buffer = momentum * buffer + (1 - momentum) g; u = nesterov ? momentum * buffer + (1 - momentum) g : buffer;
 * p = p (1 - lr decay) - lr * 0.2 sqrt(max(rows, columns)) * newtonSchulz(u). The factor is the same for a matrix and its transpose, so
 * that storing [in, out] or [out, in] makes no difference.
 * Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers"; the factor: Liu et al. 2025, arXiv 2502.16982, eq. 4.
 */
export function muon(
  state: MuonState,
  gradient: Float64Array,
  rows: number,
  columns: number,
  settings: MuonSettings,
): MuonState {
  const { learningRate, momentum, nesterov, weightDecay } = settings;
  const buffer = state.buffer.map((m, i) => momentum * m + (1 - momentum) * gradient[i]);
  const update = nesterov ? buffer.map((m, i) => momentum * m + (1 - momentum) * gradient[i]) : buffer;
  const direction = newtonSchulz(update, rows, columns);
  const scale = muonScale(rows, columns);
  const parameter = state.parameter.map(
    (p, i) => p * (1 - learningRate * weightDecay) - learningRate * scale * direction[i],
  );
  return { parameter, buffer };
}

/**
 * [rows, columns] with the singular vectors of `matrix` and singular values pushed to about 0.7 .. 1.2; zeros stay zeros.
 * It divides by the Frobenius norm first, and works on the transpose where rows > columns (the smaller Gram matrix).
 */
export function newtonSchulz(matrix: Float64Array, rows: number, columns: number): Float64Array {
  if (rows > columns) return transpose(newtonSchulz(transpose(matrix, rows, columns), columns, rows), columns, rows);
  const norm = Math.sqrt(matrix.reduce((sum, x) => sum + x * x, 0)) + NORM_EPSILON;
  let x: Float64Array = matrix.map((value) => value / norm);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const gram = matmul({ a: x, b: x, m: rows, n: rows, k: columns, transB: true }).out;
    const gramSquared = matmul({ a: gram, b: gram, m: rows, n: rows, k: rows }).out;
    const polynomial = gram.map((g, i) => B * g + C * gramSquared[i]);
    const product = matmul({ a: polynomial, b: x, m: rows, n: columns, k: rows }).out;
    x = x.map((value, i) => A * value + product[i]);
  }
  return x;
}

/** [columns, rows] from [rows, columns]. */
function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j];
  return out;
}

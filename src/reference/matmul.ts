// Matrix product in float64 with the GPU kernel's epilogue: out = f(A B + bias) + residual.
// Each element is one plain sum over k in order; it must not split that sum, so that it can judge kernels that do.

import type { ActivationName } from '../core/models/activationNames';
import { activation, activationBackward } from './activation';

export interface MatmulInput {
  /** [m, k], or [k, m] with transA. */
  readonly a: Float64Array;
  /** [k, n], or [n, k] with transB. */
  readonly b: Float64Array;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** [n], added to each row before the activation. */
  readonly bias?: Float64Array;
  readonly activation?: ActivationName;
  /** [m, n], added after the activation. */
  readonly residual?: Float64Array;
}

/** out [m, n] and preActivation [m, n] = A B + bias, which a backward pass needs. RangeError on a wrong length. */
export function matmul(input: MatmulInput): { out: Float64Array; preActivation: Float64Array } {
  const { a, b, m, n, k, bias, residual } = input;
  checkLengths(input);
  const preActivation = product(plainLayout(a, m, k, input.transA), plainLayout(b, n, k, !input.transB), m, n, k);
  if (bias) for (let i = 0; i < m * n; i++) preActivation[i] += bias[i % n];
  const out = input.activation ? activation(input.activation, preActivation) : preActivation.slice();
  if (residual) for (let i = 0; i < out.length; i++) out[i] += residual[i];
  return { out, preActivation };
}

/** Gradients in the layouts of the inputs; dBias and dResidual are there whether or not the forward had them. */
export interface MatmulGradients {
  readonly dA: Float64Array;
  readonly dB: Float64Array;
  /** [n] */
  readonly dBias: Float64Array;
  /** [m, n] */
  readonly dResidual: Float64Array;
}

/** With dZ = dOut * f'(A B + bias): dA = dZ B^T, dB = A^T dZ, dBias = column sums of dZ, dResidual = dOut [m, n]. */
export function matmulBackward(input: MatmulInput, dOut: Float64Array): MatmulGradients {
  const { a, b, m, n, k } = input;
  checkLengths(input);
  expectLength('dOut', dOut, m * n);
  const left = plainLayout(a, m, k, input.transA);
  const right = plainLayout(b, k, n, input.transB);
  const dZ = input.activation ? activationBackward(input.activation, matmul(input).preActivation, dOut) : dOut;
  const dLeft = new Float64Array(m * k);
  const dRight = new Float64Array(k * n);
  const dBias = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const d = dZ[i * n + j];
      dBias[j] += d;
      for (let p = 0; p < k; p++) {
        dLeft[i * k + p] += d * right[p * n + j];
        dRight[p * n + j] += d * left[i * k + p];
      }
    }
  }
  // A transposed gradient goes back to the layout of its input.
  const dA = plainLayout(dLeft, k, m, input.transA);
  const dB = plainLayout(dRight, n, k, input.transB);
  return { dA, dB, dBias, dResidual: dOut.slice() };
}

/**
 * [m, n] from A's rows [m, k] and B's columns [n, k]. Four columns go side by side, since the whole-model tests run here;
 * each element is still one sum in the order of p.
 */
function product(rows: Float64Array, columns: Float64Array, m: number, n: number, k: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    const row = i * k;
    let j = 0;
    for (; j + 3 < n; j += 4) {
      const column0 = j * k;
      const column1 = column0 + k;
      const column2 = column1 + k;
      const column3 = column2 + k;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let p = 0; p < k; p++) {
        const left = rows[row + p];
        sum0 += left * columns[column0 + p];
        sum1 += left * columns[column1 + p];
        sum2 += left * columns[column2 + p];
        sum3 += left * columns[column3 + p];
      }
      const element = i * n + j;
      out[element] = sum0;
      out[element + 1] = sum1;
      out[element + 2] = sum2;
      out[element + 3] = sum3;
    }
    for (; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += rows[row + p] * columns[j * k + p];
      out[i * n + j] = sum;
    }
  }
  return out;
}

/** The same matrix as [rows, columns] row by row; `transposed`: it is stored as [columns, rows]. */
function plainLayout(stored: Float64Array, rows: number, columns: number, transposed = false): Float64Array {
  if (!transposed) return stored;
  const plain = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) plain[i * columns + j] = stored[j * rows + i];
  return plain;
}

function checkLengths({ a, b, m, n, k, bias, residual }: MatmulInput): void {
  expectLength('a', a, m * k);
  expectLength('b', b, k * n);
  if (bias) expectLength('bias', bias, n);
  if (residual) expectLength('residual', residual, m * n);
}

function expectLength(name: string, array: Float64Array, length: number): void {
  if (array.length !== length) throw new RangeError(`matmul: ${name} has ${array.length} elements, needs ${length}`);
}

// Matrix product in float64 with the GPU kernel's epilogue: out = f(A B + bias) + residual.
// The plain triple loop; it must stay free of tiling, so that it can judge kernels that have it.

import type { ActivationName } from '../core/runConfig';
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
  const left = plainLayout(a, m, k, input.transA);
  const right = plainLayout(b, k, n, input.transB);
  const preActivation = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    const outRow = i * n;
    for (let p = 0; p < k; p++) {
      const factor = left[i * k + p];
      const rightRow = p * n;
      for (let j = 0; j < n; j++) preActivation[outRow + j] += factor * right[rightRow + j];
    }
    if (bias) for (let j = 0; j < n; j++) preActivation[outRow + j] += bias[j];
  }
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

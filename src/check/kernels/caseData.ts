// Arrays and step blocks that the kernel checks share: the same in every run. It must not know any kernel.

import { fillNormal } from '../../core/rng';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { STEP_BLOCK_BYTES, type StepValues, writeStepBlock } from '../../gpu/stepBlock';
import { matmul } from '../../reference/matmul';

export const planFamilies: readonly PlanFamily[] = ['blocked', 'tiled'];

/** Normal numbers by (name, index). */
export function normals(name: string, count: number, standardDeviation = 1): Float32Array {
  const values = new Float32Array(count);
  fillNormal(values, 20_261, name, standardDeviation);
  return values;
}

/** What an output holds before it is written: a kernel that leaves an element out is seen. */
export function unwritten(count: number): Float32Array {
  return new Float32Array(count).fill(Number.NaN);
}

export function wide(values: Float32Array): Float64Array {
  return Float64Array.from(values);
}

/** Element by element, in float64. */
export function plus(a: Float64Array, b: Float32Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}

/** Column sums of [rows, columns] by the matmul twin: a row of ones times the matrix. */
export function columnSums(values: Float64Array, rows: number, columns: number): Float64Array {
  return matmul({ a: new Float64Array(rows).fill(1), b: values, m: 1, n: columns, k: rows }).out;
}

export const defaultStep: StepValues = {
  seed: 99,
  step: 3,
  firstRow: 2,
  position: 1,
  learningRate: 0.01,
  inverseTokens: 1 / 37,
  beta1: 0.9,
  beta2: 0.99,
};

export function stepBytes(values: Partial<StepValues> = {}): ArrayBuffer {
  const bytes = new ArrayBuffer(STEP_BLOCK_BYTES);
  writeStepBlock(new DataView(bytes), { ...defaultStep, ...values });
  return bytes;
}

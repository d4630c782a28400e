// A linear layer in float64, with the weight stored as GPT-2's Conv1D or as torch.nn.Linear has it.
// Only the layouts are here: the sums are matmul's.

import { matmul } from './matmul';

/** `inOut`: weight [inFeatures, outFeatures] (transformers' Conv1D); `outIn`: [outFeatures, inFeatures] (nn.Linear). */
export type WeightLayout = 'inOut' | 'outIn';

export interface LinearShape {
  /** N */
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly layout: WeightLayout;
}

/** out [N, outFeatures] = input [N, inFeatures] times weight, plus bias [outFeatures] if given. RangeError on wrong lengths. */
export function linear(
  shape: LinearShape,
  input: Float64Array,
  weight: Float64Array,
  bias?: Float64Array,
): Float64Array {
  return matmul({
    a: input,
    b: weight,
    m: shape.rows,
    k: shape.inFeatures,
    n: shape.outFeatures,
    transB: shape.layout === 'outIn',
    ...(bias ? { bias } : {}),
  }).out;
}

/** dInput [N, inFeatures] from dOut [N, outFeatures]. */
export function linearDInput(shape: LinearShape, dOut: Float64Array, weight: Float64Array): Float64Array {
  return matmul({
    a: dOut,
    b: weight,
    m: shape.rows,
    k: shape.outFeatures,
    n: shape.inFeatures,
    transB: shape.layout === 'inOut',
  }).out;
}

/** dWeight in the weight's own layout, summed over the N rows. */
export function linearDWeight(shape: LinearShape, dOut: Float64Array, input: Float64Array): Float64Array {
  const { rows: k, inFeatures, outFeatures } = shape;
  return shape.layout === 'inOut'
    ? matmul({ a: input, b: dOut, m: inFeatures, n: outFeatures, k, transA: true }).out
    : matmul({ a: dOut, b: input, m: outFeatures, n: inFeatures, k, transA: true }).out;
}

/** dBias [outFeatures]: dOut [N, outFeatures] summed over rows. */
export function linearDBias(shape: LinearShape, dOut: Float64Array): Float64Array {
  const { rows, outFeatures } = shape;
  const dBias = new Float64Array(outFeatures);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < outFeatures; j++) dBias[j] += dOut[row * outFeatures + j];
  }
  return dBias;
}

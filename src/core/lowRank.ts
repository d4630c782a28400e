// A weight with the product of two thin matrices added to it: what a low-rank adapter is once it is merged (Hu et al. 2022, section 4.1). Pure.

export interface LowRankShape {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly rank: number;
  /** The weight is [in, out], as GPT-2's Conv1D is. */
  readonly inputsFirst: boolean;
  readonly scale: number;
}

/** weight + scale B A as a new array, A [rank, in] and B [out, rank] in either direction of the weight. Sums are float64's. */
export function addLowRank(
  { inFeatures, outFeatures, rank, inputsFirst, scale }: LowRankShape,
  weight: Float32Array,
  down: Float32Array,
  up: Float32Array,
): Float32Array {
  const out = weight.slice();
  for (let output = 0; output < outFeatures; output++) {
    for (let input = 0; input < inFeatures; input++) {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += up[output * rank + r] * down[r * inFeatures + input];
      out[inputsFirst ? input * outFeatures + output : output * inFeatures + input] += scale * sum;
    }
  }
  return out;
}

// Root-mean-square normalisation over the last dim in float64, forward and backward (Zhang and Sennrich 2019, eq. 4).
// No bias and no mean, as Llama has it.

export interface RmsNormInput {
  /** [N, C] */
  readonly x: Float64Array;
  /** [C] */
  readonly weight: Float64Array;
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
}

/** out [N, C] = x r weight, with reciprocalRms r [N] = 1 / sqrt(mean(x^2) + epsilon). */
export function rmsNorm(input: RmsNormInput): { out: Float64Array; reciprocalRms: Float64Array } {
  const { x, weight, rows, channels, epsilon } = input;
  const out = new Float64Array(rows * channels);
  const reciprocalRms = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * channels;
    let squares = 0;
    for (let c = 0; c < channels; c++) squares += x[start + c] ** 2;
    const r = 1 / Math.sqrt(squares / channels + epsilon);
    for (let c = 0; c < channels; c++) out[start + c] = x[start + c] * r * weight[c];
    reciprocalRms[row] = r;
  }
  return { out, reciprocalRms };
}

/** With n = x r and g = dOut * weight: dX = r (g - n mean(g n)), dWeight = sum over rows of dOut n. */
export function rmsNormBackward(input: RmsNormInput, dOut: Float64Array): { dX: Float64Array; dWeight: Float64Array } {
  const { x, weight, rows, channels } = input;
  const { reciprocalRms } = rmsNorm(input);
  const dX = new Float64Array(rows * channels);
  const dWeight = new Float64Array(channels);
  for (let row = 0; row < rows; row++) {
    const start = row * channels;
    const r = reciprocalRms[row];
    let sumGN = 0;
    for (let c = 0; c < channels; c++) {
      const normalised = x[start + c] * r;
      sumGN += dOut[start + c] * weight[c] * normalised;
      dWeight[c] += dOut[start + c] * normalised;
    }
    for (let c = 0; c < channels; c++) {
      dX[start + c] = r * (dOut[start + c] * weight[c] - (x[start + c] * r * sumGN) / channels);
    }
  }
  return { dX, dWeight };
}

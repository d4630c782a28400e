// Layer normalisation over the last dim in float64, forward and backward (Ba, Kiros and Hinton 2016, eq. 4).
// Two passes for mean and variance; it must not use the one-pass form, which cancels.

export interface LayerNormInput {
  /** [N, C] */
  readonly x: Float64Array;
  /** [C] */
  readonly weight: Float64Array;
  /** [C] */
  readonly bias: Float64Array;
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
}

export interface LayerNormOutput {
  /** [N, C] */
  readonly out: Float64Array;
  /** [N] */
  readonly mean: Float64Array;
  /** [N]: 1 / sqrt(variance + epsilon), the variance divided by C. */
  readonly reciprocalDeviation: Float64Array;
}

/** out = (x - mean) / sqrt(variance + epsilon) * weight + bias, row by row. */
export function layerNorm({ x, weight, bias, rows, channels, epsilon }: LayerNormInput): LayerNormOutput {
  const out = new Float64Array(rows * channels);
  const mean = new Float64Array(rows);
  const reciprocalDeviation = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * channels;
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += x[start + c];
    const rowMean = sum / channels;
    let squares = 0;
    for (let c = 0; c < channels; c++) squares += (x[start + c] - rowMean) ** 2;
    const reciprocal = 1 / Math.sqrt(squares / channels + epsilon);
    for (let c = 0; c < channels; c++) out[start + c] = (x[start + c] - rowMean) * reciprocal * weight[c] + bias[c];
    mean[row] = rowMean;
    reciprocalDeviation[row] = reciprocal;
  }
  return { out, mean, reciprocalDeviation };
}

/** With n = (x - mean) r and g = dOut * weight: dX = r (g - mean(g) - n mean(g n)), dWeight = sum dOut n, dBias = sum dOut. */
export function layerNormBackward(
  input: LayerNormInput,
  dOut: Float64Array,
): { dX: Float64Array; dWeight: Float64Array; dBias: Float64Array } {
  const { x, weight, rows, channels } = input;
  const { mean, reciprocalDeviation } = layerNorm(input);
  const dX = new Float64Array(rows * channels);
  const dWeight = new Float64Array(channels);
  const dBias = new Float64Array(channels);
  for (let row = 0; row < rows; row++) {
    const start = row * channels;
    const r = reciprocalDeviation[row];
    let sumG = 0;
    let sumGN = 0;
    for (let c = 0; c < channels; c++) {
      const d = dOut[start + c];
      const normalised = (x[start + c] - mean[row]) * r;
      sumG += d * weight[c];
      sumGN += d * weight[c] * normalised;
      dWeight[c] += d * normalised;
      dBias[c] += d;
    }
    for (let c = 0; c < channels; c++) {
      const normalised = (x[start + c] - mean[row]) * r;
      dX[start + c] = r * (dOut[start + c] * weight[c] - sumG / channels - (normalised * sumGN) / channels);
    }
  }
  return { dX, dWeight, dBias };
}

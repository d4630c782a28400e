// Softmax over the last dim in float64, forward and backward. No mask here: that is attention's.

/** out [N, C]: exp(x - max) / sum, row by row, so that no exponent is above 0. */
export function softmax(x: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let max = x[start];
    for (let c = 1; c < columns; c++) max = Math.max(max, x[start + c]);
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += out[start + c] = Math.exp(x[start + c] - max);
    for (let c = 0; c < columns; c++) out[start + c] /= sum;
  }
  return out;
}

/** dX [N, C] = p (dOut - sum(dOut p)), with p the forward's result [N, C]. */
export function softmaxBackward(p: Float64Array, dOut: Float64Array, rows: number, columns: number): Float64Array {
  const dX = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += dOut[start + c] * p[start + c];
    for (let c = 0; c < columns; c++) dX[start + c] = p[start + c] * (dOut[start + c] - sum);
  }
  return dX;
}

// A bias for each column and a residual, added to rows, in float64.

/** out [rows, C] = x + bias (+ residual); C is bias.length. */
export function biasResidual(x: Float64Array, bias: Float64Array, residual?: Float64Array): Float64Array {
  return x.map((value, i) => value + bias[i % bias.length] + (residual ? residual[i] : 0));
}

/** dBias [channels]: column sums of dOut. dX and dResidual are dOut itself. */
export function biasResidualBackward(dOut: Float64Array, channels: number): Float64Array {
  const dBias = new Float64Array(channels);
  for (let i = 0; i < dOut.length; i++) dBias[i % channels] += dOut[i];
  return dBias;
}

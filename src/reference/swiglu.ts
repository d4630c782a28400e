// SwiGLU's gate in float64: silu(gate) * up, pointwise. The three matrices around it are `linear`'s business.

import { activation, activationBackward } from './activation';

/** out[i] = silu(gate[i]) * up[i]; both of one length. Source: Shazeer 2020, "GLU variants improve transformer", eq. 6. */
export function swiglu(gate: Float64Array, up: Float64Array): Float64Array {
  return activation('silu', gate).map((g, i) => g * up[i]);
}

/** Gradients of both inputs, each of dOut's length. */
export function swigluBackward(
  gate: Float64Array,
  up: Float64Array,
  dOut: Float64Array,
): { dGate: Float64Array; dUp: Float64Array } {
  return {
    dGate: activationBackward(
      'silu',
      gate,
      dOut.map((d, i) => d * up[i]),
    ),
    dUp: activation('silu', gate).map((g, i) => g * dOut[i]),
  };
}

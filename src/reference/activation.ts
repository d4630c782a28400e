// Pointwise activations and their derivatives in float64, by transformers' names.
// The judge of the GPU's kernels and epilogues; it must not be tuned for speed.

import type { ActivationName } from '../core/models/activationNames';
import { erfc } from './erf';

const GELU_NEW_SCALE = Math.sqrt(2 / Math.PI);
const GELU_NEW_CUBIC = 0.044715;

interface Activation {
  readonly value: (x: number) => number;
  readonly derivative: (x: number) => number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * gelu: x * Phi(x) (Hendrycks and Gimpel 2016, section 2); gelu_new: its tanh form (same section);
 * silu: x * sigmoid(x) (same paper; Elfwing et al. 2017, eq. 5); relu: max(x, 0), derivative 0 at 0, as PyTorch has it.
 */
const activations: { readonly [name in ActivationName]: Activation } = {
  gelu: {
    value: (x) => 0.5 * x * erfc(-x * Math.SQRT1_2),
    derivative: (x) => 0.5 * erfc(-x * Math.SQRT1_2) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  },
  gelu_new: {
    value: (x) => 0.5 * x * (1 + Math.tanh(GELU_NEW_SCALE * (x + GELU_NEW_CUBIC * x * x * x))),
    derivative: (x) => {
      const t = Math.tanh(GELU_NEW_SCALE * (x + GELU_NEW_CUBIC * x * x * x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_NEW_SCALE * (1 + 3 * GELU_NEW_CUBIC * x * x);
    },
  },
  relu: {
    value: (x) => Math.max(x, 0),
    derivative: (x) => (x > 0 ? 1 : 0),
  },
  silu: {
    value: (x) => x * sigmoid(x),
    derivative: (x) => {
      const s = sigmoid(x);
      return s * (1 + x * (1 - s));
    },
  },
  tanh: {
    value: Math.tanh,
    derivative: (x) => 1 - Math.tanh(x) ** 2,
  },
};

/** out[i] = f(x[i]). Any length; x is left as it is. */
export function activation(name: ActivationName, x: Float64Array): Float64Array {
  return x.map(activations[name].value);
}

/** dX[i] = dOut[i] * f'(x[i]); x is the input of the forward, of dOut's length. */
export function activationBackward(name: ActivationName, x: Float64Array, dOut: Float64Array): Float64Array {
  const { derivative } = activations[name];
  return dOut.map((d, i) => d * derivative(x[i]));
}

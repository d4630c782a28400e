// One step of SGD with momentum in float64, by PyTorch's convention (the buffer holds gradients, not steps; no dampening).
// It returns new arrays; its inputs stay as they are.

export interface SgdMomentumSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** `coupled` adds decay * p to the gradient (torch.optim.SGD); `decoupled` shrinks p by 1 - lr * decay, as AdamW does. */
  readonly decay: 'coupled' | 'decoupled';
}

export interface SgdMomentumState {
  readonly parameter: Float64Array;
  /** Zeros at first. */
  readonly buffer: Float64Array;
}

/**
 * buffer = momentum * buffer + g; p = p - lr * (nesterov ? g + momentum * buffer : buffer). All arrays of one length.
 * Source: Sutskever et al. 2013, eqs. 1-4, in the form of torch.optim.SGD.
 */
export function sgdMomentum(
  state: SgdMomentumState,
  gradient: Float64Array,
  settings: SgdMomentumSettings,
): SgdMomentumState {
  const { learningRate, momentum, nesterov, weightDecay, decay } = settings;
  const parameter = new Float64Array(gradient.length);
  const buffer = new Float64Array(gradient.length);
  for (let i = 0; i < gradient.length; i++) {
    const p = state.parameter[i];
    const g = decay === 'coupled' ? gradient[i] + weightDecay * p : gradient[i];
    const shrunk = decay === 'decoupled' ? p * (1 - learningRate * weightDecay) : p;
    buffer[i] = momentum * state.buffer[i] + g;
    parameter[i] = shrunk - learningRate * (nesterov ? g + momentum * buffer[i] : buffer[i]);
  }
  return { parameter, buffer };
}

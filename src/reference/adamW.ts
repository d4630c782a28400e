// One AdamW step in float64, in PyTorch's order of operations. It returns new arrays; its inputs stay as they are.
// Which tensors decay is the caller's rule.

export interface AdamWSettings {
  /** Of this step, from the schedule. */
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 0 for tensors that do not decay. */
  readonly weightDecay: number;
  /** 1 for the first step. */
  readonly step: number;
}

export interface AdamWState {
  readonly parameter: Float64Array;
  /** m, zeros at first. */
  readonly firstMoment: Float64Array;
  /** v, zeros at first. */
  readonly secondMoment: Float64Array;
}

/**
 * p = p (1 - lr decay); m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
 * p = p - lr / (1-b1^t) * m / (sqrt(v) / sqrt(1-b2^t) + epsilon). All arrays of one length.
 * Source: Loshchilov and Hutter 2019, algorithm 2, as torch.optim.AdamW orders it.
 */
export function adamW(state: AdamWState, gradient: Float64Array, settings: AdamWSettings): AdamWState {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step } = settings;
  const stepSize = learningRate / (1 - beta1 ** step);
  const secondCorrection = Math.sqrt(1 - beta2 ** step);
  const firstMoment = state.firstMoment.map((m, i) => beta1 * m + (1 - beta1) * gradient[i]);
  const secondMoment = state.secondMoment.map((v, i) => beta2 * v + (1 - beta2) * gradient[i] * gradient[i]);
  const parameter = state.parameter.map((p, i) => {
    const decayed = p * (1 - learningRate * weightDecay);
    return decayed - (stepSize * firstMoment[i]) / (Math.sqrt(secondMoment[i]) / secondCorrection + epsilon);
  });
  return { parameter, firstMoment, secondMoment };
}

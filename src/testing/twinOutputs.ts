// What a conformance case writes down of a float64 twin: outputs, gradients and hyperparameters under the names of the golden folders. Test-only.

import type { GoldenCase, NamedTensor } from '../check/goldenCase';
import type { TrainConfig } from '../core/runConfig';

export function namedTensor(values: Float64Array): NamedTensor {
  return { shape: [values.length], data: Float32Array.from(values) };
}

export function namedTensors(values: ReadonlyMap<string, Float64Array>): Map<string, NamedTensor> {
  return new Map([...values].map(([name, data]) => [name, namedTensor(data)]));
}

export function twinOutputs(
  forward: {
    readonly logits: Float64Array;
    readonly hiddenStates: readonly Float64Array[];
    readonly attentions: readonly Float64Array[];
  },
  backward: { readonly loss: number; readonly gradients: ReadonlyMap<string, Float64Array> },
): Map<string, NamedTensor> {
  const outputs = new Map([
    ['out.loss', namedTensor(Float64Array.of(backward.loss))],
    ['out.logits', namedTensor(forward.logits)],
  ]);
  for (const [i, values] of forward.hiddenStates.entries()) outputs.set(`out.hidden_states.${i}`, namedTensor(values));
  for (const [i, values] of forward.attentions.entries()) outputs.set(`out.attentions.${i}`, namedTensor(values));
  for (const [name, values] of backward.gradients) outputs.set(`grad.${name}`, namedTensor(values));
  return outputs;
}

export function twinHyperparameters(train: TrainConfig): GoldenCase['expect']['hp'] {
  return {
    lr: train.learningRate,
    min_lr: train.minLearningRate,
    warmup: train.warmupSteps,
    betas: [train.beta1, train.beta2],
    eps: train.epsilon,
    weight_decay: train.weightDecay,
    clip: train.clipNorm,
  };
}

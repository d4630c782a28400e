// A conformance case made by the float64 twins instead of by transformers: small enough for a browser test, and easy to falsify. Test-only.

import type { LabelledBatch } from '../check/goldenBatch';
import type { GoldenCase } from '../check/goldenCase';
import { learningRate } from '../core/lrSchedule';
import type { Gpt2Config } from '../core/models/gpt2';
import { defaultRunConfig, type TrainConfig } from '../core/runConfig';
import { initialWeights } from '../model/initialize';
import { countTargets, gpt2Backward, gpt2Forward, nextTokenTargets } from '../reference/gpt2';
import { gpt2Greedy, gpt2TrainingStart, gpt2TrainStep } from '../reference/gpt2Training';
import { tinyModel } from './tinyRun';
import { namedTensors, twinHyperparameters, twinOutputs } from './twinOutputs';

const ROWS = 3;
const TOKENS = 7;
const STEPS = 4;

const train: TrainConfig = {
  ...defaultRunConfig.train,
  steps: STEPS,
  batchSize: ROWS,
  sequenceLength: TOKENS,
  learningRate: 0.003,
  minLearningRate: 0.0003,
  warmupSteps: 1,
};

/** Ids with a few labels that are not counted. */
function batchOf(model: Gpt2Config, step: number): LabelledBatch {
  const inputs = Int32Array.from({ length: ROWS * TOKENS }, (_, i) => (i * i + 5 * step + 2) % model.vocab_size);
  return { inputs, labels: [inputs.map((id, i) => (i % 5 === 4 ? -100 : id))] };
}

export function twinGoldenCase(changes: Partial<Gpt2Config> = {}): GoldenCase {
  const model: Gpt2Config = { ...tinyModel, ...changes };
  const parameters = initialWeights(model, 5);
  const wide = new Map([...parameters].map(([name, values]) => [name, Float64Array.from(values)]));
  const shaped = ({ inputs }: LabelledBatch) => ({ tokens: inputs, batch: ROWS, sequenceLength: TOKENS });

  const batch = batchOf(model, 0);
  const targets = nextTokenTargets(batch.labels[0], TOKENS);
  const forward = gpt2Forward(model, wide, shaped(batch));
  const backward = gpt2Backward(model, wide, shaped(batch), forward, targets, countTargets(targets));

  const trainBatches = Array.from({ length: STEPS }, (_, step) => batchOf(model, step + 1));
  const curve = { losses: [] as number[], grad_norms: [] as number[], lrs: [] as number[] };
  let state = gpt2TrainingStart(wide);
  for (const [step, one] of trainBatches.entries()) {
    const rate = learningRate(step, train);
    const micro = { ...shaped(one), labels: one.labels[0] };
    const done = gpt2TrainStep(model, state, [micro], { ...train, learningRate: rate });
    curve.losses.push(done.loss);
    curve.grad_norms.push(done.gradientNorm);
    curve.lrs.push(rate);
    state = done.state;
  }
  const prompt = [1, 4, 2];
  return {
    config: model,
    parameters,
    rows: ROWS,
    tokens: TOKENS,
    batch,
    trainBatches,
    outputs: twinOutputs(forward, backward),
    trained: namedTensors(state.parameters),
    expect: {
      hp: twinHyperparameters(train),
      greedy: { prompt, tokens: gpt2Greedy(model, wide, prompt, 5) },
      train: curve,
    },
    train,
  };
}

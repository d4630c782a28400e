// The runs that `bench train` times, as configurations; the same for one worker and for a mesh. Pure.

import { type BenchShape, benchTraining } from '../core/benchBatch';
import type { Gpt2Config } from '../core/models/gpt2';
import { defaultModel, defaultRunConfig, type TrainConfig } from '../core/runConfig';

export function benchModel(shape: BenchShape, initializerRange = 0.02): Gpt2Config {
  return {
    ...defaultModel,
    vocab_size: shape.vocabulary,
    n_positions: shape.block,
    n_embd: shape.width,
    n_head: shape.heads,
    n_layer: shape.layers,
    initializer_range: initializerRange,
  };
}

export function benchTrain(shape: BenchShape, steps: number): TrainConfig {
  return {
    ...defaultRunConfig.train,
    ...benchTraining,
    steps,
    batchSize: shape.batch,
    sequenceLength: shape.block,
    optimizer: 'adamw',
    lrSchedule: 'constant',
    minLearningRate: benchTraining.learningRate,
    warmupSteps: 0,
    clipNorm: 0,
  };
}

// What follows from a run's settings for all ranks of its mesh alike: axes, schedule, stages. Pure.

import type { LoraConfig } from '../core/loraConfig';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { ParallelConfig, TrainConfig } from '../core/runConfig';
import type { MeshShape } from './mesh';
import { makeSchedule } from './schedules/makeSchedule';
import { type Schedule, stageCount } from './schedules/schedule';
import { type StageSpan, splitStages } from './stages';

/** The settings that decide where everything lies. */
export interface MeshSettings {
  /** vocab_size resolved. */
  readonly model: ModelConfig;
  readonly train: TrainConfig;
  readonly parallel: ParallelConfig;
  readonly lora: LoraConfig;
}

export interface MeshLayout {
  readonly mesh: MeshShape;
  readonly schedule: Schedule;
  readonly stages: readonly StageSpan[];
  /** Rows of the micro-batches as programs are shaped; where the batch does not divide, some have fewer that count. */
  readonly microBatchRows: number;
}

export function layoutMesh({ model, train, parallel }: MeshSettings): MeshLayout {
  const { dp, pp, tp, stagesPerRank } = parallel;
  const mesh = { dp, pp, tp };
  const schedule = makeSchedule(pp === 1 ? 'gpipe' : parallel.schedule, {
    ranks: pp,
    stagesPerRank: pp === 1 ? 1 : stagesPerRank,
    microBatches: train.microBatches,
  });
  const { width, layers, outputs } = modelSizes(model);
  // Multiply-adds a token: a block has 12 C^2 and attention 2 T C; the head V C; the embedding is a look-up.
  const stages = splitStages(layers, stageCount(schedule), {
    embedding: 0,
    layer: 12 * width * width + 2 * train.sequenceLength * width,
    head: outputs * width,
  });
  return { mesh, schedule, stages, microBatchRows: Math.ceil(train.batchSize / (dp * train.microBatches)) };
}

// What a run over a mesh is, and what follows from it for all ranks alike: axes, schedule, stages. Pure.

import type { Gpt2Config, ParallelConfig, TrainConfig } from '../core/runConfig';
import type { MeshShape } from '../parallel/mesh';
import { makeSchedule } from '../parallel/schedules/makeSchedule';
import { type Schedule, stageCount } from '../parallel/schedules/schedule';
import { type StageSpan, splitStages } from '../parallel/stages';

/** A run over a mesh; the same for all of its ranks. */
export interface MeshSpec {
  /** vocab_size resolved. */
  readonly model: Gpt2Config;
  readonly train: TrainConfig;
  readonly parallel: ParallelConfig;
  /** Keep logits, hidden states and what attention weights follow from, of evaluation programs. */
  readonly keepOutputs: boolean;
}

/** What follows from a spec for all ranks alike. */
export interface MeshLayout {
  readonly mesh: MeshShape;
  readonly schedule: Schedule;
  readonly stages: readonly StageSpan[];
  /** Rows of the micro-batches as programs are shaped; where the batch does not divide, some have fewer that count. */
  readonly microBatchRows: number;
}

export function layoutMesh({ model, train, parallel }: Omit<MeshSpec, 'keepOutputs'>): MeshLayout {
  const { dp, pp, tp, stagesPerRank } = parallel;
  const mesh = { dp, pp, tp };
  const schedule = makeSchedule(pp === 1 ? 'gpipe' : parallel.schedule, {
    ranks: pp,
    stagesPerRank: pp === 1 ? 1 : stagesPerRank,
    microBatches: train.microBatches,
  });
  const width = model.n_embd;
  // Multiply-adds a token: a block has 12 C^2 and attention 2 T C; the head V C; the embedding is a look-up.
  const stages = splitStages(model.n_layer, stageCount(schedule), {
    embedding: 0,
    layer: 12 * width * width + 2 * train.sequenceLength * width,
    head: model.vocab_size * width,
  });
  return { mesh, schedule, stages, microBatchRows: Math.ceil(train.batchSize / (dp * train.microBatches)) };
}

// Which tokens a rank works on: its replica's micro-batches of the training text, of the held-out text, or as they are given. It keeps no position.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { targetCount } from '../core/models/modelSizes';
import { IGNORED_TARGET } from '../data/batcher';
import { type BatchData, type BatchSource, batchSource } from '../data/batchSource';
import type { MeshRankPlan } from '../train/meshRankPlan';
import type { MicroBatch } from '../train/microBatch';
import type { MeshTurn } from './meshProtocol';

export class RankBatches {
  private readonly source: BatchSource;
  /** The held-out windows, made when they are first wanted. */
  private heldOut: readonly MicroBatch[] | null = null;

  constructor(
    private readonly plan: MeshRankPlan,
    data: BatchData,
  ) {
    this.source = batchSource(data, plan.spec.train.documents);
  }

  /** Items that count in the rows that this replica has of a step's global batch. @param step 0 for the first */
  replicaItems(step: number): number {
    const { train, parallel } = this.plan.spec;
    const { seed, batchSize, sequenceLength } = train;
    const place = { seed, step, batchSize, sequenceLength };
    return this.source.validItems({ ...place, rank: this.plan.at.dp, dpSize: parallel.dp });
  }

  /** @param step 0 for the first */
  training(step: number, microBatch: number): MicroBatch {
    const { seed, microBatches, batchSize, sequenceLength } = this.plan.spec.train;
    const place = { rank: this.plan.at.dp, dpSize: this.plan.spec.parallel.dp, microBatch, microBatches };
    return this.source.training({ ...place, seed, step, batchSize, sequenceLength });
  }

  of({ batches, step }: Pick<MeshTurn, 'batches' | 'step'>, microBatch: number): MicroBatch {
    if (batches.from === 'given') return batches.microBatches[microBatch];
    if (batches.from === 'train') return this.training(step - 1, microBatch);
    const { train } = this.plan.spec;
    const rows = this.plan.layoutOfMesh.microBatchRows;
    this.heldOut ??= this.source.validation({
      batches: Math.ceil((train.evalBatches * train.batchSize) / rows),
      batchSize: rows,
      sequenceLength: train.sequenceLength,
    });
    const found = this.heldOut.at(batches.first + this.plan.at.dp * train.microBatches + microBatch);
    return found ?? emptyBatch(this.plan.spec.model, rows, train.sequenceLength);
  }
}

/** Rows that do not count, for a micro-batch past the held-out windows. */
function emptyBatch(model: ModelConfig, rows: number, sequenceLength: number): MicroBatch {
  const targets = new Int32Array(targetCount(modelSizes(model), rows, sequenceLength)).fill(IGNORED_TARGET);
  return { inputs: new Uint32Array(rows * sequenceLength), targets, firstRow: 0 };
}

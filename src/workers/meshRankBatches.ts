// Which tokens a rank works on: its replica's micro-batches of the training text, of the held-out text, or as they are given. It keeps no position.

import { partOf } from '../core/partition';
import type { RowOrder } from '../core/records';
import { batch, IGNORED_TARGET, validationBatches } from '../data/batcher';
import type { MeshRankPlan } from '../train/meshRankPlan';
import type { MicroBatch } from '../train/microBatch';
import type { MeshTurn } from './meshProtocol';

export interface RankTexts {
  readonly trainTokens: Uint32Array;
  readonly validationTokens: Uint32Array;
  readonly rowOrder: RowOrder;
}

export class RankBatches {
  /** The held-out windows, made when they are first wanted. */
  private heldOut: readonly MicroBatch[] | null = null;

  constructor(
    private readonly plan: MeshRankPlan,
    private readonly texts: RankTexts,
  ) {}

  /** Tokens of the rows that this replica has of a global batch. */
  get replicaTokens(): number {
    const { train, parallel } = this.plan.spec;
    return partOf(train.batchSize, parallel.dp, this.plan.at.dp).length * train.sequenceLength;
  }

  /** @param step 0 for the first */
  training(step: number, microBatch: number): MicroBatch {
    const { seed, microBatches, batchSize, sequenceLength } = this.plan.spec.train;
    const place = { rank: this.plan.at.dp, dpSize: this.plan.spec.parallel.dp, microBatch, microBatches };
    const { rowOrder } = this.texts;
    return batch(this.texts.trainTokens, { ...place, seed, step, batchSize, sequenceLength, rowOrder });
  }

  of({ batches, step }: Pick<MeshTurn, 'batches' | 'step'>, microBatch: number): MicroBatch {
    if (batches.from === 'given') return batches.microBatches[microBatch];
    if (batches.from === 'train') return this.training(step - 1, microBatch);
    const { train } = this.plan.spec;
    const rows = this.plan.layoutOfMesh.microBatchRows;
    this.heldOut ??= validationBatches(this.texts.validationTokens, {
      batches: Math.ceil((train.evalBatches * train.batchSize) / rows),
      batchSize: rows,
      sequenceLength: train.sequenceLength,
    });
    const found = this.heldOut.at(batches.first + this.plan.at.dp * train.microBatches + microBatch);
    return found ?? emptyBatch(rows * train.sequenceLength);
  }
}

/** Rows that do not count, for a micro-batch past the held-out windows. */
function emptyBatch(tokens: number): MicroBatch {
  return { inputs: new Uint32Array(tokens), targets: new Int32Array(tokens).fill(IGNORED_TARGET), firstRow: 0 };
}

// A micro-batch, and how it gets to where the programs read it: tokens with the index that their gradients gather by, and targets.
// Writing one allocates nothing.

import type { Span } from '../core/partition';
import { buildTokenIndex, type TokenIndex } from '../gpu/plans/tokenIndex';

/** Tokens and next tokens of one micro-batch, row-major [B, T]; a target of -100 is not counted. */
export interface MicroBatch {
  readonly inputs: Uint32Array;
  readonly targets: Int32Array;
  /** The global batch's row that row 0 is: dropout masks count from it. */
  readonly firstRow: number;
}

/** Null for what the programs do not read. */
export interface BatchBuffers {
  readonly tokens: GPUBuffer | null;
  readonly index: { readonly order: GPUBuffer; readonly starts: GPUBuffer } | null;
  readonly targets: GPUBuffer | null;
}

export class BatchWriter {
  private readonly index: TokenIndex;

  /**
   * @param tokens of every micro-batch, B T
   * @param vocabulary of the whole embedding
   * @param shard the tokens whose rows of it lie here
   */
  constructor(
    private readonly queue: GPUQueue,
    tokens: number,
    private readonly vocabulary: number,
    private readonly shard: Span = { start: 0, length: vocabulary },
  ) {
    this.index = { order: new Uint32Array(tokens), starts: new Uint32Array(shard.length + 1) };
  }

  write({ inputs, targets }: MicroBatch, into: BatchBuffers): void {
    if (into.tokens) this.queue.writeBuffer(into.tokens, 0, inputs);
    if (into.targets) this.queue.writeBuffer(into.targets, 0, targets);
    if (!into.index) return;
    const { order, starts } = buildTokenIndex(inputs, this.vocabulary, this.index, this.shard);
    this.queue.writeBuffer(into.index.order, 0, order);
    this.queue.writeBuffer(into.index.starts, 0, starts);
  }
}

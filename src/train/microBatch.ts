// A micro-batch, and how it gets to where the programs read it: tokens with the index that their gradients gather by, segments, padding and
// targets. Writing one allocates nothing.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { countPositions, positionRows } from '../core/models/modelSizes';
import { partOf } from '../core/partition';
import { buildTokenIndex, type TokenIndex } from '../gpu/plans/tokenIndex';
import type { BatchShape, TensorSplit } from '../model/layerTracer';
import type { StageSpan } from '../parallel/stages';
import { readsMask } from './batchTensors';
import { bufferNames } from './bufferNames';

/** One micro-batch, row-major [B, T]. */
export interface MicroBatch {
  readonly inputs: Uint32Array;
  /** As many as targetCount says for the model's task; one of -100 is not counted. */
  readonly targets: Int32Array;
  /** The global batch's row that row 0 is: dropout masks count from it. */
  readonly firstRow: number;
  /**
   * [B, T]. Read by models that are masked: 0 where a token is padding; none is where it is left out. By causal ones whose documents are kept
   * apart: the first token of the row that this one sees, at most itself; the row's first where it is left out.
   */
  readonly mask?: Uint32Array;
  /** [B, T] segments, all of the first where left out. Read by models with token types. */
  readonly tokenTypes?: Uint32Array;
}

/** Null for what the programs do not read. */
export interface BatchBuffers {
  readonly tokens: GPUBuffer | null;
  readonly index: { readonly order: GPUBuffer; readonly starts: GPUBuffer } | null;
  readonly types: GPUBuffer | null;
  /** For models that count positions themselves. */
  readonly places: { readonly positions: GPUBuffer; readonly order: GPUBuffer; readonly starts: GPUBuffer } | null;
  readonly mask: GPUBuffer | null;
  readonly targets: GPUBuffer | null;
}

/** A stage's buffers by their names: all that the model has there. */
export function bindBatch(
  model: ModelConfig,
  shape: Pick<BatchShape, 'documents'>,
  { embedding, head }: StageSpan,
  buffer: (name: string) => GPUBuffer,
): BatchBuffers {
  const { tokenTypes, paddingPosition } = modelSizes(model);
  return {
    tokens: embedding ? buffer(bufferNames.tokens) : null,
    index: embedding ? { order: buffer(bufferNames.order), starts: buffer(bufferNames.starts) } : null,
    types: embedding && tokenTypes > 0 ? buffer(bufferNames.types) : null,
    places:
      embedding && paddingPosition !== null
        ? {
            positions: buffer(bufferNames.positions),
            order: buffer(bufferNames.positionOrder),
            starts: buffer(bufferNames.positionStarts),
          }
        : null,
    mask: readsMask(model, shape) ? buffer(bufferNames.mask) : null,
    targets: head ? buffer(bufferNames.targets) : null,
  };
}

export class BatchWriter {
  private readonly index: TokenIndex;
  private readonly types: Float32Array<ArrayBuffer>;
  /** What stands for a mask that is left out. */
  private readonly allOpen: Uint32Array<ArrayBuffer>;
  /** Of models that count positions themselves: of all rows, and the index of this rank's. */
  private readonly positions: Uint32Array<ArrayBuffer>;
  private readonly positionIndex: TokenIndex;

  /** @param split whose vocabulary and rows are written */
  constructor(
    private readonly queue: GPUQueue,
    private readonly model: ModelConfig,
    private readonly shape: BatchShape,
    private readonly split: TensorSplit,
  ) {
    const sizes = modelSizes(model);
    const { vocabulary, tokenTypes, masked, paddingPosition } = sizes;
    const rows = shape.batch * shape.tokens;
    const shard = partOf(vocabulary, split.parts, split.index);
    this.index = { order: new Uint32Array(rows), starts: new Uint32Array(shard.length + 1) };
    const own = partOf(rows, split.parts, split.index).length;
    this.types = new Float32Array(own * tokenTypes);
    this.allOpen = new Uint32Array(readsMask(model, shape) ? rows : 0).fill(masked ? 1 : 0);
    const counts = paddingPosition !== null;
    this.positions = new Uint32Array(counts ? rows : 0);
    this.positionIndex = {
      order: new Uint32Array(counts ? own : 0),
      starts: new Uint32Array(counts ? positionRows(sizes) + 1 : 0),
    };
  }

  /** @throws RangeError for a token or a segment that the model has not */
  write({ inputs, targets, mask, tokenTypes }: MicroBatch, into: BatchBuffers): void {
    if (into.tokens) this.queue.writeBuffer(into.tokens, 0, inputs);
    if (into.targets) this.queue.writeBuffer(into.targets, 0, targets);
    if (into.mask) this.queue.writeBuffer(into.mask, 0, mask ?? this.allOpen);
    if (into.types) this.writeTypes(into.types, inputs.length, tokenTypes);
    if (into.places) this.writePositions(into.places, inputs);
    if (!into.index) return;
    const { vocabulary, untrainedToken } = modelSizes(this.model);
    const shard = partOf(vocabulary, this.split.parts, this.split.index);
    const { order, starts } = buildTokenIndex(inputs, vocabulary, this.index, shard, untrainedToken);
    this.queue.writeBuffer(into.index.order, 0, order);
    this.queue.writeBuffer(into.index.starts, 0, starts);
  }

  /** The position of padding is not trained by being read, as transformers has it. */
  private writePositions(into: NonNullable<BatchBuffers['places']>, inputs: Uint32Array): void {
    const sizes = modelSizes(this.model);
    const { paddingPosition } = sizes;
    if (paddingPosition === null) return;
    countPositions(inputs, this.shape.tokens, paddingPosition, this.positions);
    const { start, length } = partOf(inputs.length, this.split.parts, this.split.index);
    const own = this.positions.subarray(start, start + length);
    const rows = positionRows(sizes);
    const { order, starts } = buildTokenIndex(own, rows, this.positionIndex, undefined, paddingPosition);
    this.queue.writeBuffer(into.positions, 0, own);
    this.queue.writeBuffer(into.order, 0, order);
    this.queue.writeBuffer(into.starts, 0, starts);
  }

  /** Each own row as a row of zeros with a 1 at its segment. */
  private writeTypes(buffer: GPUBuffer, rows: number, tokenTypes: Uint32Array | undefined): void {
    const { tokenTypes: count } = modelSizes(this.model);
    const own = partOf(rows, this.split.parts, this.split.index);
    this.types.fill(0);
    for (let row = 0; row < own.length; row++) {
      const segment = tokenTypes ? tokenTypes[own.start + row] : 0;
      if (!(segment < count))
        throw new RangeError(`token type ${segment} of row ${own.start + row} is not in 0..${count - 1}`);
      this.types[row * count + segment] = 1;
    }
    this.queue.writeBuffer(buffer, 0, this.types);
  }
}

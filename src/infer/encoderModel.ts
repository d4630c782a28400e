// A model that reads whole sequences, whoever holds its parameters: it builds an encoder for the shape that is asked for, keeps the last few, and
// takes one question at a time.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { BatchShape } from '../model/layerTracer';
import { Encoder, type EncoderOutputs, type WantedOutputs } from './encoder';
import type { EncodedSequence } from './encoderInputs';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';

/** Shapes that are kept ready. */
const KEPT = 3;
/** Tokens of one pass at most, padding among them, unless a single sequence has more. */
const MOST_ROWS = 2_048;
const MOST_SEQUENCES = 16;

/** What one pass gave, and the tokens to a row that it was padded to. */
export interface EncodedBatch extends EncoderOutputs {
  readonly shape: BatchShape;
}

export class EncoderModel {
  /** By shape, the one that was asked last at the end. */
  private readonly encoders = new Map<string, Promise<Encoder>>();
  private turn: Promise<unknown> = Promise.resolve();

  /** @param parameters are read as they are when sequences are read */
  constructor(
    private readonly engine: InferEngine,
    readonly model: ModelConfig,
    private readonly parameters: ParameterStore,
  ) {}

  /** How many sequences of so many tokens are read in one pass. */
  batchOf(tokens: number): number {
    return Math.max(1, Math.min(MOST_SEQUENCES, Math.floor(MOST_ROWS / this.padded(tokens))));
  }

  /** Few shapes serve all lengths: powers of two, and the model's positions. */
  private padded(tokens: number): number {
    return Math.min(modelSizes(this.model).positions, 2 ** Math.ceil(Math.log2(Math.max(8, tokens))));
  }

  private async encoder(shape: BatchShape): Promise<Encoder> {
    const key = `${shape.batch} ${shape.tokens}`;
    const built = this.encoders.get(key) ?? Encoder.build(this.engine, this.model, this.parameters, shape);
    this.encoders.delete(key);
    this.encoders.set(key, built);
    // What failed may be tried again.
    built.catch(() => this.encoders.delete(key));
    const encoder = await built;
    for (const [other, old] of [...this.encoders].slice(0, -KEPT)) {
      this.encoders.delete(other);
      (await old).destroy();
    }
    return encoder;
  }

  /**
   * Reads sequences in one pass; at most `batchOf` of the longest's tokens.
   * @param wanted as Encoder.run takes it, rows of the shape that `shapeOf` says
   * @throws LabError as Encoder.build and Encoder.run
   */
  read(sequences: readonly EncodedSequence[], wanted?: WantedOutputs): Promise<EncodedBatch> {
    const run = async (): Promise<EncodedBatch> => {
      const shape = this.shapeOf(sequences);
      const encoder = await this.encoder(shape);
      return { ...(await encoder.run(sequences, wanted)), shape };
    };
    const result = this.turn.then(run, run);
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** What these sequences are padded to: as many as a power of two, so that few shapes serve. */
  shapeOf(sequences: readonly EncodedSequence[]): BatchShape {
    const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length), 1);
    return { batch: 2 ** Math.ceil(Math.log2(Math.max(1, sequences.length))), tokens: this.padded(longest) };
  }

  destroy(): void {
    void this.turn.then(async () => {
      for (const built of this.encoders.values())
        await built.then(
          (encoder) => encoder.destroy(),
          () => undefined,
        );
      this.encoders.clear();
    });
  }
}

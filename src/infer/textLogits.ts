// The logits that each token of a text was, or would be, drawn from: the text goes through the model whole, in windows where it is longer than one
// pass. For looking at; continuing texts has a cache (decoder.ts).

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { Encoder } from './encoder';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';

/** Tokens of a pass, and bytes of its logits, at most. */
const MOST_TOKENS = 256;
const MOST_BYTES = 2 ** 26;

interface Window {
  readonly start: number;
  readonly ids: Uint32Array;
  /** [T, V] */
  readonly logits: Float32Array;
}

export class TextLogits {
  /** The pass that was made last. */
  private last: Window | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly encoder: Encoder,
    private readonly vocabulary: number,
  ) {}

  /** @throws LabError `gpu.limit`, `gpu.outOfMemory` */
  static async build(engine: InferEngine, model: ModelConfig, store: ParameterStore): Promise<TextLogits> {
    const { positions, outputs } = modelSizes(model);
    const tokens = Math.max(1, Math.min(positions, MOST_TOKENS, Math.floor(MOST_BYTES / (4 * outputs))));
    return new TextLogits(await Encoder.build(engine, model, store, { batch: 1, tokens }), outputs);
  }

  /** Weights may have changed: the last pass is worth nothing. */
  forget(): void {
    this.last = null;
  }

  /**
   * Logits [V] of the token at `position`, from 1 to `ids.length`, after those before it. Where these are more than one pass takes, it sees between
   * half of that and all of it.
   * @throws LabError `data.invalid` for ids that the model has not
   */
  before(ids: Uint32Array, position: number): Promise<Float32Array> {
    const read = async (): Promise<Float32Array> => {
      const { start, logits } = await this.window(ids, position);
      const row = position - 1 - start;
      return logits.subarray(row * this.vocabulary, (row + 1) * this.vocabulary);
    };
    const row = this.turn.then(read, read);
    this.turn = row.catch(() => undefined);
    return row;
  }

  private async window(ids: Uint32Array, position: number): Promise<Window> {
    const { tokens } = this.encoder.shape;
    const half = Math.max(1, Math.floor(tokens / 2));
    const start = position <= tokens ? 0 : Math.ceil((position - tokens) / half) * half;
    const own = ids.slice(start, start + tokens);
    const { last } = this;
    if (last?.start === start && last.ids.length === own.length && last.ids.every((id, i) => id === own[i]))
      return last;
    const { logits } = await this.encoder.run([{ ids: own }]);
    this.last = { start, ids: own, logits };
    return this.last;
  }

  destroy(): void {
    void this.turn.then(() => this.encoder.destroy());
  }
}

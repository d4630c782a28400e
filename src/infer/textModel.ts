// A model that continues texts, whoever holds its parameters. It builds a decoder when one is first wanted and gives it to one caller at a time:
// a cache is of one conversation.

import type { ModelConfig } from '../core/modelConfig';
import { modelArena } from '../model/shapes/modelShapes';
import { planDecode } from './decodePlan';
import { Decoder } from './decoder';
import { type GenerateOptions, generateTokens } from './generate';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';
import { TextLogits } from './textLogits';

export class TextModel {
  /** By number of texts. */
  private readonly decoders = new Map<number, Promise<Decoder>>();
  private readLogits: Promise<TextLogits> | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  /** @param parameters are read as they are when a text is continued */
  constructor(
    private readonly engine: InferEngine,
    readonly model: ModelConfig,
    private readonly parameters: ParameterStore,
  ) {}

  /** Compiles and reserves what continuing `texts` side by side takes, unless that is done. `onProgress` gets a share of 1. */
  decoder(texts: number, onProgress: (share: number) => void = () => undefined): Promise<Decoder> {
    const known = this.decoders.get(texts);
    if (known) return known;
    const { engine, model, parameters } = this;
    const plan = planDecode(
      model,
      modelArena(model),
      texts,
      engine.choices,
      engine.cache.catalog,
      parameters.quantized,
    );
    const built = Decoder.build(engine, plan, parameters, (done, total) => onProgress(total === 0 ? 1 : done / total));
    this.decoders.set(texts, built);
    // What failed may be tried again.
    built.catch(() => this.decoders.delete(texts));
    return built;
  }

  /** Compiles and reserves, once, what looking at a text's probabilities takes. */
  logits(): Promise<TextLogits> {
    if (this.readLogits) return this.readLogits;
    const built = TextLogits.build(this.engine, this.model, this.parameters);
    this.readLogits = built;
    built.catch(() => {
      this.readLogits = null;
    });
    return built;
  }

  /** See generateTokens. Waits until texts that were begun before are done. */
  generate(options: GenerateOptions): Promise<number[][]> {
    const run = async (): Promise<number[][]> =>
      generateTokens(await this.decoder(options.prompts.length), {
        ...options,
        goOn: () => !this.closed && options.goOn(),
      });
    const generated = this.turn.then(run, run);
    this.turn = generated.catch(() => undefined);
    return generated;
  }

  /** Ends what is under way before its next token, then frees all but the parameters. */
  destroy(): void {
    this.closed = true;
    void this.turn.then(async () => {
      for (const built of this.decoders.values())
        await built.then((decoder) => decoder.destroy()).catch(() => undefined);
      this.decoders.clear();
      await this.readLogits?.then((logits) => logits.destroy()).catch(() => undefined);
    });
  }
}

// A model that continues texts, whoever holds its parameters. It builds a decoder when one is first wanted and gives it to one caller at a time:
// a cache is of one conversation.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { planDecode } from './decodePlan';
import { Decoder } from './decoder';
import { type GenerateOptions, generateTokens } from './generate';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';
import { SpeculativeDecoder, type TextParameters } from './speculativeDecoder';
import type { TokenDecoder } from './tokenDecoder';

/** Compiles and reserves what continuing `texts` side by side takes. `onProgress` gets a share of 1. */
export type DecoderBuilder = (texts: number, onProgress: (share: number) => void) => Promise<TokenDecoder>;

/** A whole model on one device. @param parameters are read as they are when a text is continued */
export function deviceText(engine: InferEngine, model: ModelConfig, parameters: ParameterStore): TextModel {
  const layout = modelArena(model);
  const whole = wholeModel(modelSizes(model).layers);
  return new TextModel(model, (texts, onProgress) => {
    const { quantized } = parameters;
    const plan = planDecode(model, whole, layout, texts, engine.choices, engine.cache.catalog, quantized);
    return Decoder.build(engine, plan, parameters, (done, total) => onProgress(total === 0 ? 1 : done / total));
  });
}

/** The same with a draft of it, which proposes `drafted` tokens in a round; it continues one text at a time. */
export function draftedText(
  engine: InferEngine,
  target: TextParameters,
  draft: TextParameters,
  drafted: number,
): TextModel {
  return new TextModel(target.model, (texts, onProgress) => {
    if (texts !== 1) throw new LabError({ code: 'internal', message: `A draft proposes to one text, not to ${texts}` });
    return SpeculativeDecoder.build(engine, target, draft, drafted, (done, total) =>
      onProgress(total === 0 ? 1 : done / total),
    );
  });
}

export class TextModel {
  /** By number of texts. */
  private readonly decoders = new Map<number, Promise<TokenDecoder>>();
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  /** @param around what has to be done before and after a generation, e.g. giving replicas one model to ask */
  constructor(
    readonly model: ModelConfig,
    private readonly build: DecoderBuilder,
    private readonly around: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
  ) {}

  /** Ready to continue `texts` side by side, built unless that is done. */
  decoder(texts: number, onProgress: (share: number) => void = () => undefined): Promise<TokenDecoder> {
    const known = this.decoders.get(texts);
    if (known) return known;
    const built = this.build(texts, onProgress);
    this.decoders.set(texts, built);
    // What failed may be tried again.
    built.catch(() => this.decoders.delete(texts));
    return built;
  }

  /** See generateTokens. Waits until texts that were begun before are done. */
  generate(options: GenerateOptions): Promise<number[][]> {
    const run = async (): Promise<number[][]> => {
      const decoder = await this.decoder(options.prompts.length);
      return this.around(() => generateTokens(decoder, { ...options, goOn: () => !this.closed && options.goOn() }));
    };
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
    });
  }
}

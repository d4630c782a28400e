// A model to ask and to export, wherever its weights are: on the rank that trains it, on the ranks of a mesh, or loaded for asking alone.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { type QuantizedModel, quantizedBytes } from '../core/quantization/quantizedModel';
import { describeScheme } from '../core/quantization/scheme';
import { BeamDecoder } from '../infer/beamSearch';
import type { BeamOptions } from '../infer/beams';
import { EncoderModel } from '../infer/encoderModel';
import { HeldParameters } from '../infer/heldParameters';
import type { InferEngine } from '../infer/inferEngine';
import { arenaStore, type ParameterStore } from '../infer/parameterStore';
import { dequantizeModel } from '../infer/quantizedModel';
import type { QuantizedParameters } from '../infer/quantizedParameters';
import { holdQuantized } from '../infer/quantizedText';
import type { TextParameters } from '../infer/speculativeDecoder';
import { TextLogits } from '../infer/textLogits';
import { deviceText, draftedText, type TextModel } from '../infer/textModel';
import { parameterCount } from '../model/shapes/modelShapes';
import type { Rank } from '../train/rank';

export interface StoredWeights {
  /** Of all parameters, as they lie on the device. */
  readonly bytes: number;
  /** `F32`, or the scheme of their rounding. */
  readonly precision: string;
}

export interface ModelReader {
  readonly model: ModelConfig;
  readonly stored: StoredWeights;
  /** Continues texts, with weights of this moment; to be called before a text is begun. */
  text(): Promise<TextModel>;
  /** The probabilities of a text's tokens, with weights of this moment. */
  logits(): Promise<TextLogits>;
  /**
   * Continues texts with a draft that proposes so many tokens in a round. The reader keeps it until it is asked for another.
   * @throws LabError `config.invalid` where a pipeline of workers continues texts
   */
  drafted(draft: TextParameters, tokens: number): Promise<TextModel>;
  /** Searches the likeliest text, with weights of this moment. The reader keeps it until it is asked for another number of beams. */
  beams(options: BeamsAsked): Promise<BeamDecoder>;
  /** Reads whole texts, with weights of this moment. @throws LabError `model.unsupported` for a model that continues texts */
  encoder(): Promise<EncoderModel>;
  /** For programs that only read: the weights of this moment, the same place at every call. */
  store(): Promise<ParameterStore>;
  /** Whole parameters by name, with adapters merged. */
  parameters(): Promise<ReadonlyMap<string, Float32Array>>;
  /** Where adapters are trained: their matrices by name. */
  readonly adapters?: () => Promise<ReadonlyMap<string, Float32Array>>;
  destroy(): void;
}

export type BeamsAsked = Pick<BeamOptions, 'beams' | 'endTokens'>;

/** What is asked of one set of parameters: to go on texts, or to read them, as the model's head has it. */
export class Asked {
  readonly text: TextModel;
  private readonly reading: EncoderModel;
  private readonly engine: InferEngine;
  private read: Promise<TextLogits> | null = null;
  private proposed: { readonly draft: TextParameters; readonly tokens: number; readonly text: TextModel } | null = null;
  private search: { readonly key: string; readonly decoder: Promise<BeamDecoder> } | null = null;

  constructor(
    engine: CheckContext,
    model: ModelConfig,
    readonly store: ParameterStore,
  ) {
    const own = { ...engine, choices: engine.choices.unrecorded() };
    this.engine = own;
    this.text = deviceText(own, model, store);
    this.reading = new EncoderModel(own, model, store);
  }

  /** Compiles and reserves, once, what looking at a text's probabilities takes. */
  logits(): Promise<TextLogits> {
    if (this.read) return this.read;
    const built = TextLogits.build(this.engine, this.text.model, this.store);
    this.read = built;
    built.catch(() => {
      this.read = null;
    });
    return built;
  }

  /** One at a time: it has a cache of its own. */
  drafted(draft: TextParameters, tokens: number): TextModel {
    const { proposed } = this;
    if (proposed?.draft.store === draft.store && proposed.tokens === tokens) return proposed.text;
    proposed?.text.destroy();
    const target = { model: this.text.model, store: this.store };
    this.proposed = { draft, tokens, text: draftedText(this.engine, target, draft, tokens) };
    return this.proposed.text;
  }

  /** One at a time: the cache of beams is large. */
  async beams(options: BeamsAsked): Promise<BeamDecoder> {
    const key = `${options.beams} ${options.endTokens.length}`;
    if (this.search?.key === key) return this.search.decoder;
    await this.endSearch();
    const decoder = BeamDecoder.build(this.engine, this.text.model, this.store, options);
    this.search = { key, decoder };
    decoder.catch(() => {
      this.search = null;
    });
    return decoder;
  }

  private async endSearch(): Promise<void> {
    const { search } = this;
    this.search = null;
    await search?.decoder.then((decoder) => decoder.destroy()).catch(() => undefined);
  }

  get encoder(): EncoderModel {
    const { model } = this.reading;
    if (modelSizes(model).task !== 'causal-lm') return this.reading;
    throw new LabError({
      code: 'model.unsupported',
      message: `A model of type ${model.model_type} does not read whole texts.`,
      why: 'It was trained to continue them: each token sees only those before it.',
      advice: 'Let it continue a prompt; to fill gaps, classify, answer or compare, load a BERT.',
    });
  }

  /** Compiles what the first question takes: a reader's programs follow from the text, a decoder's do not. */
  async ready(onProgress: (share: number) => void): Promise<void> {
    if (modelSizes(this.text.model).task === 'causal-lm') await this.text.decoder(1, onProgress);
    else onProgress(1);
  }

  destroy(): void {
    this.text.destroy();
    this.proposed?.text.destroy();
    this.reading.destroy();
    void this.endSearch();
    void this.read?.then((logits) => logits.destroy()).catch(() => undefined);
  }
}

export function inFloats(model: ModelConfig): StoredWeights {
  return { bytes: 4 * parameterCount(model), precision: 'F32' };
}

/** A reader whose weights stay where they are: every question goes to the same programs. */
abstract class SteadyReader {
  protected readonly asked: Asked;

  protected constructor(
    engine: CheckContext,
    readonly model: ModelConfig,
    readonly stored: StoredWeights,
    store: ParameterStore,
  ) {
    this.asked = new Asked(engine, model, store);
  }

  store(): Promise<ParameterStore> {
    return Promise.resolve(this.asked.store);
  }

  text(): Promise<TextModel> {
    return Promise.resolve(this.asked.text);
  }

  logits(): Promise<TextLogits> {
    return this.asked.logits();
  }

  async drafted(draft: TextParameters, tokens: number): Promise<TextModel> {
    return this.asked.drafted(draft, tokens);
  }

  beams(options: BeamsAsked): Promise<BeamDecoder> {
    return this.asked.beams(options);
  }

  async encoder(): Promise<EncoderModel> {
    return this.asked.encoder;
  }

  destroy(): void {
    this.asked.destroy();
  }
}

/** Reads the arena of a rank that trains, between its steps. The rank is its runner's. */
export class RankReader extends SteadyReader implements ModelReader {
  constructor(
    engine: CheckContext,
    private readonly rank: Rank,
  ) {
    const { model } = rank.plan.spec;
    super(engine, model, inFloats(model), arenaStore(rank.parameters));
  }

  parameters(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.rank.readArena('parameters');
  }
}

/** Weights that are only asked. */
export class HeldReader extends SteadyReader implements ModelReader {
  private constructor(
    engine: CheckContext,
    model: ModelConfig,
    private readonly held: HeldParameters,
  ) {
    super(engine, model, inFloats(model), held.store);
  }

  /** Ready to be asked. */
  static async load(
    engine: CheckContext,
    model: ModelConfig,
    weights: ReadonlyMap<string, Float32Array>,
    onProgress: (share: number) => void,
  ): Promise<HeldReader> {
    const held = await HeldParameters.allocate(engine.gpu, model);
    held.write(weights);
    const reader = new HeldReader(engine, model, held);
    await reader.asked.ready(onProgress);
    return reader;
  }

  parameters(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.held.read();
  }

  override destroy(): void {
    super.destroy();
    this.held.destroy();
  }
}

/** Weights in 8 or 4 bits, that are only asked. */
export class QuantizedReader extends SteadyReader implements ModelReader {
  private constructor(
    engine: CheckContext,
    model: ModelConfig,
    private readonly quantized: QuantizedModel,
    private readonly held: QuantizedParameters,
  ) {
    const precision = describeScheme(quantized.scheme);
    super(engine, model, { bytes: quantizedBytes(quantized), precision }, held);
  }

  /** Ready to be asked. @param dot products take activations in 8 bits too */
  static async load(
    engine: CheckContext,
    model: ModelConfig,
    quantized: QuantizedModel,
    dot: boolean,
    onProgress: (share: number) => void,
  ): Promise<QuantizedReader> {
    const choices = engine.choices.unrecorded();
    const held = await holdQuantized({ ...engine, choices }, model, quantized, dot);
    const reader = new QuantizedReader(engine, model, quantized, held);
    await reader.asked.ready(onProgress);
    return reader;
  }

  /** What the codes stand for. */
  parameters(): Promise<ReadonlyMap<string, Float32Array>> {
    return Promise.resolve(dequantizeModel(this.quantized));
  }

  override destroy(): void {
    super.destroy();
    this.held.destroy();
  }
}

// A model to ask whose weights have to be put together first: they lie on the ranks of a mesh, or in a model and its adapters. They are merged once for
// each state of training.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import type { BeamDecoder } from '../infer/beamSearch';
import type { EncoderModel } from '../infer/encoderModel';
import { HeldParameters } from '../infer/heldParameters';
import type { ParameterStore } from '../infer/parameterStore';
import type { TextParameters } from '../infer/speculativeDecoder';
import type { TextLogits } from '../infer/textLogits';
import type { TextModel } from '../infer/textModel';
import { Asked, type BeamsAsked, inFloats, type ModelReader, type StoredWeights } from './modelReader';
import { OncePerVersion } from './oncePerVersion';

/** Where weights come from that have to be put together: from the ranks of a mesh, or from a model and its adapters. */
export interface WeightSource {
  readonly whole: () => Promise<ReadonlyMap<string, Float32Array>>;
  /** Another number whenever the weights may have changed: they are merged once for each. */
  readonly version: () => number;
  readonly adapters: (() => Promise<ReadonlyMap<string, Float32Array>>) | null;
  /** What continues texts where the weights are, a pipeline of ranks; else they are merged for it. Ended with the reader. */
  readonly pipeline?: TextModel | null;
  /** Ends what held the weights. */
  readonly release?: () => void;
}

/** Asks such a model: over its pipeline where it has one, else on the host's own device, with the merged weights. */
export class MergedReader implements ModelReader {
  readonly stored: StoredWeights;
  private held: ReturnType<MergedReader['hold']> | null = null;
  readonly adapters?: () => Promise<ReadonlyMap<string, Float32Array>>;

  constructor(
    private readonly engine: CheckContext,
    readonly model: ModelConfig,
    private readonly source: WeightSource,
  ) {
    this.stored = inFloats(model);
    if (source.adapters) this.adapters = source.adapters;
  }

  private async hold() {
    const { engine, model, source } = this;
    const parameters = await HeldParameters.allocate(engine.gpu, model);
    const merged = new OncePerVersion(source.version, async () => parameters.write(await source.whole()));
    return { parameters, merged, asked: new Asked(engine, model, parameters.store) };
  }

  /** With the weights of this moment. */
  private async current(): Promise<Asked> {
    this.held ??= this.hold();
    const { merged, asked } = await this.held;
    await merged.ready();
    return asked;
  }

  async text(): Promise<TextModel> {
    return this.source.pipeline ?? (await this.current()).text;
  }

  async logits(): Promise<TextLogits> {
    return (await this.current()).logits();
  }

  async drafted(draft: TextParameters, tokens: number): Promise<TextModel> {
    if (!this.source.pipeline) return (await this.current()).drafted(draft, tokens);
    throw new LabError({
      code: 'config.invalid',
      message: 'A pipeline of workers does not decode with a draft.',
      why: 'The place where a round begins stays on one device.',
      advice: 'Load the model on one worker, or leave the draft out.',
    });
  }

  async beams(options: BeamsAsked): Promise<BeamDecoder> {
    return (await this.current()).beams(options);
  }

  async encoder(): Promise<EncoderModel> {
    return (await this.current()).encoder;
  }

  async store(): Promise<ParameterStore> {
    return (await this.current()).store;
  }

  parameters(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.source.whole();
  }

  destroy(): void {
    this.source.pipeline?.destroy();
    this.source.release?.();
    void this.held
      ?.then(({ parameters, asked }) => {
        asked.destroy();
        parameters.destroy();
      })
      .catch(() => undefined);
  }
}

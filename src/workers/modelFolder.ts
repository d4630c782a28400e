// A Hugging Face folder to and from a model that a host can ask: reading builds a model that only generates, writing takes whole weights.
// It holds nothing; who asked owns what it returns.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import type { ExportOptions, FloatDtype } from '../core/exportOptions';
import { isEncoder, type ModelConfig } from '../core/modelConfig';
import type { ModelHistory } from '../core/modelHistory';
import { type EncoderConfig, encoderModel } from '../core/models/encoders';
import { describeScheme } from '../core/quantization/scheme';
import type { EvaluationRow, LoadOptions, NamedFile, SettingChange, StepRow } from '../core/records';
import { createTokenizer } from '../data/createTokenizer';
import type { Tokenizer } from '../data/tokenizer';
import { tokenizerToJson } from '../data/tokenizerToJson';
import { quantizedModel } from '../infer/quantizedText';
import { readGenerationDefaults } from '../interop/generationConfig';
import { adapterFiles } from '../interop/loraWriter';
import { modelCard } from '../interop/modelCard';
import { endTokensOf, type KeptTexts, mainDtype, readModelFolder } from '../interop/modelFolder';
import { writeModelFolder } from '../interop/modelFolderWriter';
import { readQuantizedFolder } from '../interop/quantizedFolder';
import { type HeldModel, writeRankShards } from '../interop/rankShards';
import { modelShapes } from '../model/shapes/modelShapes';
import type { ModelManners } from './continueText';
import { DraftModels, requireSameTokens } from './draftModels';
import { HeldReader, type ModelReader, QuantizedReader } from './modelReader';
import type { StartModel } from './protocol';
import { TextMesh } from './textMesh';
import { textStages } from './textStages';

/** Weights and tokenizer for generation, without training. */
export interface LoadedModel extends ModelManners {
  readonly reader: ModelReader;
  readonly tokenizer: Tokenizer;
  /** What the folder said beside its weights, and the type of those. */
  readonly kept: KeptTexts;
  readonly dtype: FloatDtype;
  readonly drafts: DraftModels;
  /** What of the mesh that was asked for was not used. */
  readonly changes: readonly SettingChange[];
  /** As whoever loaded it told. */
  readonly history: ModelHistory | null;
}

/** What a run begins with that was loaded. */
export interface LoadedStart {
  readonly name: string;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly kept: KeptTexts;
  readonly tokenizerJson: string | null;
}

/** What the loaded folder says of a run's model: of its tokenizer only where the run was given no other. */
export function keptFor({ kept, tokenizerJson }: LoadedStart, { spec }: Tokenizer): KeptTexts {
  if (spec.kind === 'json' && spec.json === tokenizerJson) return kept;
  return { config: kept.config, files: kept.files.filter(({ name }) => name === 'generation_config.json') };
}

/** @throws LabError of the folder, and `model.mismatch` where it holds another model than the run's */
export function readStart({ name, files }: StartModel, model: ModelConfig): LoadedStart {
  const { config, tensors, kept, tokenizerJson } = readModelFolder(files);
  const { parameters } = modelShapes(model);
  // Another head on the same encoder, as transformers has it: what the folder has of the encoder stays, the head is new.
  if (isEncoder(model) && isEncoder(config) && hasOtherHead(model, config)) {
    const { embeddings, layers } = encoderModel(model).names;
    const own = new Map(parameters.map((parameter) => [parameter.name, parameter.shape.join()]));
    const shared = [...tensors].filter(([key, { shape }]) => own.get(key) === shape.join());
    const encoder = parameters.filter(
      ({ name: key }) => key.startsWith(`${embeddings}.`) || key.startsWith(`${layers}.`),
    );
    const taken = new Map(shared.map(([key, { data }]) => [key, data]));
    if (encoder.every((parameter) => taken.has(parameter.name))) return { name, kept, tokenizerJson, weights: taken };
  }
  const other = parameters.find((parameter) => tensors.get(parameter.name)?.shape.join() !== parameter.shape.join());
  if (other !== undefined || parameters.length !== tensors.size) {
    throw new LabError({
      code: 'model.mismatch',
      message: `${name} does not fit the settings of the model.`,
      ...(other === undefined ? {} : { why: `${other.name} differs.` }),
      advice: 'Load the folder again, or begin with random weights.',
    });
  }
  return { name, kept, tokenizerJson, weights: new Map([...tensors].map(([key, { data }]) => [key, data])) };
}

function hasOtherHead(model: EncoderConfig, folder: EncoderConfig): boolean {
  if (model.model_type !== folder.model_type) return false;
  return model.architecture !== folder.architecture || model.labels.length !== folder.labels.length;
}

/** How far a run has come, for the card of its model. */
export class RunProgress {
  private last: StepRow | null = null;
  evaluation: EvaluationRow | null = null;

  get step(): number {
    return this.last?.step ?? 0;
  }

  get loss(): number | null {
    return this.last?.loss ?? null;
  }

  take(rows: readonly StepRow[]): void {
    this.last = rows.at(-1) ?? this.last;
  }

  /** Back at step 0. */
  clear(): void {
    this.last = null;
    this.evaluation = null;
  }
}

/** What is written of a model, trained here or loaded (`kept`, `dtype`). */
export interface ExportedModel {
  readonly reader: ModelReader;
  readonly tokenizer: Tokenizer;
  readonly history: ModelHistory | null;
  readonly kept?: KeptTexts;
  readonly dtype?: FloatDtype;
  /** Of a mesh: what its ranks hold. */
  readonly held?: () => Promise<HeldModel>;
}

function refuseForm(message: string, advice: string): LabError {
  return new LabError({ code: 'config.invalid', message, advice });
}

/** The matrices of a run's adapters, as PEFT saves them. @throws LabError `config.invalid` where none are trained */
async function writeAdapter({ reader, history }: ExportedModel, dtype: FloatDtype): Promise<readonly NamedFile[]> {
  const { adapters, model } = reader;
  if (!adapters || history?.kind !== 'trained')
    throw refuseForm('There is no adapter to export: the whole model is trained.', 'Set lora.r above 0 to train one.');
  return adapterFiles(model, history.facts.config.lora, await adapters(), dtype);
}

/** As the folder of the whole model, with a file a rank in place of the weights. */
async function writeShards(model: ExportedModel, options: ExportOptions): Promise<readonly NamedFile[]> {
  const { held, reader } = model;
  if (!held) throw refuseForm('There are no shards to export: one worker holds the whole model.', 'Export it merged.');
  if (reader.adapters)
    throw refuseForm('Shards are written of a model that is trained whole.', 'Export it merged, or its adapter.');
  if (options.dtype !== undefined && options.dtype !== 'F32')
    throw refuseForm(
      `Shards are written as the ranks hold them, in F32 and not in ${options.dtype}.`,
      'Leave the type out.',
    );
  const files = await writeFolder(model, { dtype: 'F32' });
  return [...files.filter(({ name }) => !name.endsWith('.safetensors')), ...writeRankShards(await held())];
}

/** What the options ask for of a model. @throws LabError `config.invalid` for a form that the run does not have */
export async function exportModel(model: ExportedModel, options: ExportOptions): Promise<readonly NamedFile[]> {
  switch (options.form ?? 'merged') {
    case 'merged':
      return writeFolder(model, options);
    case 'adapter':
      return writeAdapter(model, options.dtype ?? 'F32');
    case 'shards':
      return writeShards(model, options);
  }
}

/** config.json, the weights, the tokenizer, generation_config.json and a model card. */
async function writeFolder(model: ExportedModel, options: ExportOptions): Promise<readonly NamedFile[]> {
  const { reader, tokenizer, history, kept } = model;
  const { parameters } = modelShapes(reader.model);
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  let parameterCount = 0;
  for (const [name, data] of await reader.parameters()) {
    tensors.set(name, { shape: shapes.get(name) ?? [data.length], data });
    parameterCount += data.length;
  }
  const dtype = options.dtype ?? model.dtype ?? 'F32';
  const card = modelCard({ model: reader.model, parameterCount, dtype, history });
  return writeModelFolder(reader.model, tensors, tokenizerToJson(tokenizer.spec), {
    ...options,
    dtype,
    card,
    ...(kept === undefined ? {} : { kept }),
  });
}

function mannersOf(kept: KeptTexts): ModelManners {
  return { endTokens: endTokensOf(kept), defaults: readGenerationDefaults(kept) };
}

export interface LoadDevice {
  readonly engine: CheckContext;
  readonly limits: 'adapter' | 'min';
}

type BuildModel = (
  device: LoadDevice,
  options: LoadOptions,
  onProgress: (share: number) => void,
) => Promise<LoadedModel>;

/** A folder that was found right. */
interface CheckedFolder {
  readonly tokenizer: Tokenizer;
  readonly build: BuildModel;
}

/** Checks a folder whole before anything is built. @throws LabError naming the file that is missing or wrong */
export function readFolder(files: readonly NamedFile[]): CheckedFolder {
  const { tokenizer, build } = checkedFolder(files);
  return {
    tokenizer,
    build: async (device, options, onProgress) => {
      const drafting = options.draft && checkedFolder(options.draft);
      if (drafting) requireSameTokens(tokenizer, drafting.tokenizer);
      const model = await build(device, options, onProgress);
      try {
        const draft = drafting ? await drafting.build(device, {}, onProgress) : null;
        return { ...model, drafts: new DraftModels(device.engine, model.reader, draft) };
      } catch (cause) {
        model.reader.destroy();
        throw cause;
      }
    },
  };
}

function checkedFolder(files: readonly NamedFile[]): {
  readonly tokenizer: Tokenizer;
  readonly build: (...parameters: Parameters<BuildModel>) => Promise<Omit<LoadedModel, 'drafts'>>;
} {
  const quantized = readQuantizedFolder(files);
  if (quantized) {
    const tokenizer = tokenizerOf(quantized);
    return {
      tokenizer,
      build: async ({ engine }, { quantize, mesh = {}, history = null }, onProgress) => {
        if (quantize && describeScheme(quantize.scheme) !== describeScheme(quantized.model.scheme))
          throw new LabError({
            code: 'model.unsupported',
            message: `The folder is in ${describeScheme(quantized.model.scheme)} already.`,
            advice: 'Load it as it is, or the folder that it was made of.',
          });
        const { config, model, kept } = quantized;
        const { changes } = textStages(mesh, true);
        const reader = await QuantizedReader.load(engine, config, model, quantize?.dot === true, onProgress);
        return { reader, tokenizer, kept, dtype: 'F32', ...mannersOf(kept), changes, history };
      },
    };
  }
  const folder = readModelFolder(files);
  const tokenizer = tokenizerOf(folder);
  return {
    tokenizer,
    build: async ({ engine, limits }, { quantize, mesh = {}, history = null }, onProgress) => {
      const { stages, changes } = textStages(mesh, quantize !== undefined);
      const weights = new Map([...folder.tensors].map(([name, { data }]) => [name, data]));
      const { config, kept } = folder;
      const beside = { tokenizer, kept, dtype: mainDtype(folder), ...mannersOf(kept), changes, history };
      if (stages > 1) {
        const mesh = await TextMesh.load(engine, limits, config, weights, stages, onProgress);
        return { reader: mesh.reader(engine), ...beside };
      }
      if (!quantize) return { reader: await HeldReader.load(engine, config, weights, onProgress), ...beside };
      const asked = { ...engine, choices: engine.choices.unrecorded() };
      const model = await quantizedModel(asked, config, weights, quantize.scheme, onProgress);
      return { reader: await QuantizedReader.load(engine, config, model, quantize.dot, onProgress), ...beside };
    },
  };
}

/** @throws LabError `tokenizer.invalid` where the folder has none */
export function tokenizerOf(folder: { readonly tokenizerJson: string | null }): Tokenizer {
  if (folder.tokenizerJson === null) {
    throw new LabError({
      code: 'tokenizer.invalid',
      message: 'The folder has no tokenizer.',
      advice:
        'Add the tokenizer.json that the model was trained with, or its vocab.txt, or its vocab.json and merges.txt.',
    });
  }
  return createTokenizer({ kind: 'json', json: folder.tokenizerJson });
}

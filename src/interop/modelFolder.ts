// Reads a Hugging Face folder: config.json, safetensors weights (one file or shards), the tokenizer's files. Nothing is loaded in part: what
// differs from the config is listed, all of it, and refused. An adapter beside the weights is merged into them. Written by modelFolderWriter.ts.

import { LabError } from '../core/errors';
import { type FloatDtype, floatDtypes } from '../core/exportOptions';
import type { ModelConfig } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { modelShapes } from '../model/shapes/modelShapes';
import { folderFiles, readFolderWeights, requiredText } from './folderFiles';
import { type JsonRecord, parseRecord } from './jsonRecord';
import { hasAdapter, mergeAdapter } from './loraAdapter';
import { readModelConfig } from './modelConfigJson';
import { modelFiles } from './modelFiles';
import { countNonFinite, type SafeTensor, type TensorDtype, tensorToFloat32 } from './safetensors';
import { readFolderTokenizer } from './tokenizerFiles';

export interface Float32Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface ModelFolder {
  readonly config: ModelConfig;
  /** Every parameter of modelShapes(config), under its name there; float32, perhaps views into the files. */
  readonly tensors: ReadonlyMap<string, Float32Parameter>;
  /** tokenizer.json's text, or what stands for it, unchecked; null where the folder has none. */
  readonly tokenizerJson: string | null;
  /** NaN and infinite weights; training on them is asked about first. */
  readonly nonFinite: number;
  /** Parameters by the type that the files have them in. */
  readonly dtypes: ReadonlyMap<TensorDtype, number>;
  readonly kept: KeptTexts;
}

/** What a folder says beside its weights, for the folder that is written of the same model. */
export interface KeptTexts {
  /** config.json, all of its fields. */
  readonly config: JsonRecord;
  /** generation_config.json and the tokenizer's files, as they are. */
  readonly files: readonly NamedFile[];
}

const KEPT_FILES =
  /^(generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$|^(merges|vocab)\.txt$/;

const LISTED = 40;

/**
 * Reads and checks a whole folder.
 * @throws LabError `config.invalid`, `model.unsupported`, `model.mismatch` (all differences), `safetensors.invalid`
 */
export function readModelFolder(files: readonly NamedFile[]): ModelFolder {
  const byName = folderFiles(files);
  const configText = requiredText(byName, 'config.json');
  const config = readModelConfig(configText);
  const stored = readFolderWeights(byName, modelFiles(config).ignored);
  const own = readModelTensors(config, stored);
  const tensors = hasAdapter(byName) ? mergeAdapter(byName, own, modelFiles(config)) : own;
  let nonFinite = 0;
  for (const { data } of tensors.values()) nonFinite += countNonFinite(data);
  const dtypes = new Map<TensorDtype, number>();
  for (const { dtype, shape } of stored.values())
    dtypes.set(dtype, shape.reduce((product, dim) => product * dim, 1) + (dtypes.get(dtype) ?? 0));
  return {
    config,
    tensors,
    nonFinite,
    dtypes,
    tokenizerJson: readFolderTokenizer(byName)?.json ?? null,
    kept: keptTexts(configText, files),
  };
}

/** @param configText of config.json */
export function keptTexts(configText: string, files: readonly NamedFile[]): KeptTexts {
  return {
    config: parseRecord('config.json', configText),
    files: files.filter(({ name }) => KEPT_FILES.test(name)),
  };
}

/** The tokens that end a text: `eos_token_id` of generation_config.json, else of config.json; one, several or none. */
export function endTokensOf({ config, files }: KeptTexts): readonly number[] {
  const generation = files.find(({ name }) => name === 'generation_config.json');
  const own = generation && parseRecord(generation.name, new TextDecoder().decode(generation.bytes))['eos_token_id'];
  const named = own ?? config['eos_token_id'];
  return (Array.isArray(named) ? named : [named]).filter(
    (id: unknown) => typeof id === 'number' && Number.isInteger(id),
  );
}

/** The type of most parameters. */
export function mainDtype({ dtypes }: ModelFolder): FloatDtype {
  const count = (dtype: FloatDtype): number => dtypes.get(dtype) ?? 0;
  return floatDtypes.reduce((main, dtype) => (count(dtype) > count(main) ? dtype : main));
}

/**
 * The model's parameters out of a file's tensors, named with or without the model's prefix. A tied head that the file
 * repeats must equal the embedding.
 * @throws LabError `model.mismatch` with every missing, extra, transposed or wrongly shaped tensor
 */
function readModelTensors(
  config: ModelConfig,
  tensors: ReadonlyMap<string, SafeTensor>,
): ReadonlyMap<string, Float32Parameter> {
  const { parameterName, repeated, weightLayout } = modelFiles(config);
  const problems: string[] = [];
  const left = new Map<string, { readonly fileName: string; readonly tensor: SafeTensor }>();
  for (const [fileName, tensor] of tensors) {
    const name = parameterName(fileName);
    if (left.has(name)) problems.push(`twice: ${name}, with and without prefix`);
    left.set(name, { fileName, tensor });
  }
  const result = new Map<string, Float32Parameter>();
  for (const { name, shape } of modelShapes(config).parameters) {
    const found = left.get(name);
    left.delete(name);
    if (found === undefined) problems.push(`missing: ${name} ${shapeText(shape)}`);
    else if (!sameShape(found.tensor.shape, shape))
      problems.push(shapeProblem(name, found.tensor.shape, shape, weightLayout));
    else result.set(name, { shape, data: tensorToFloat32(found.fileName, found.tensor) });
  }
  for (const [name, original] of repeated) {
    const copy = left.get(name);
    const parameter = result.get(original);
    if (copy === undefined || parameter === undefined) continue;
    left.delete(name);
    if (!sameShape(copy.tensor.shape, parameter.shape))
      problems.push(shapeProblem(name, copy.tensor.shape, parameter.shape, weightLayout));
    else if (!sameValues(tensorToFloat32(copy.fileName, copy.tensor), parameter.data)) {
      problems.push(`different: ${name} is not ${original}, but config.json ties them (tie_word_embeddings)`);
    }
  }
  for (const [name, { tensor }] of left) problems.push(`extra: ${name} ${shapeText(tensor.shape)}`);
  if (problems.length > 0) {
    const more = problems.length > LISTED ? `\n... and ${problems.length - LISTED} more` : '';
    throw new LabError({
      code: 'model.mismatch',
      message: 'The weights do not fit config.json.',
      why: `${problems.length} differences, the first: ${problems[0]}`,
      advice: 'Take config.json and the weights from the same model.',
      details: problems.slice(0, LISTED).join('\n') + more,
    });
  }
  return result;
}

function shapeProblem(name: string, got: readonly number[], needed: readonly number[], layout: string): string {
  const transposed = got.length === 2 && sameShape([got[1], got[0]], needed);
  return transposed
    ? `transposed: ${name} is ${shapeText(got)}, needs ${shapeText(needed)} (${layout})`
    : `shape: ${name} is ${shapeText(got)}, needs ${shapeText(needed)}`;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

function sameValues(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

// A Hugging Face GPT-2 folder in and out: config.json, safetensors weights (one file or shards), tokenizer.json.
// Nothing is loaded in part: what differs from the config is listed, all of it, and refused.

import { LabError } from '../core/errors';
import type { NamedFile } from '../core/records';
import type { Gpt2Config } from '../core/runConfig';
import { gpt2Parameters } from '../model/shapes/gpt2Shapes';
import { gpt2ConfigJson, readGpt2Config, sortedJson } from './gpt2Config';
import { countNonFinite, readSafetensors, type SafeTensor, tensorToFloat32 } from './safetensors';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';
import { readShardIndex } from './shardIndex';
import { foreignFile } from './weightFileKind';

export interface Float32Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Gpt2Folder {
  readonly config: Gpt2Config;
  /** Every parameter of gpt2Parameters(config), under its name there; float32, perhaps views into the files. */
  readonly tensors: ReadonlyMap<string, Float32Parameter>;
  /** tokenizer.json's text, unchecked; null where the folder has none. */
  readonly tokenizerJson: string | null;
  /** NaN and infinite weights; training on them is asked about first. */
  readonly nonFinite: number;
}

const INDEX = 'model.safetensors.index.json';
const LISTED = 40;

/**
 * Reads and checks a whole folder.
 * @throws LabError `config.invalid`, `model.unsupported`, `model.mismatch` (all differences), `safetensors.invalid`
 */
export function readGpt2Folder(files: readonly NamedFile[]): Gpt2Folder {
  const byName = new Map(files.map((file) => [file.name, file.bytes]));
  const configBytes = byName.get('config.json');
  if (configBytes === undefined) {
    throw new LabError({
      code: 'model.unsupported',
      message: 'The folder has no config.json.',
      why: has(files),
      advice: 'Choose all files of a Hugging Face model folder.',
    });
  }
  const config = readGpt2Config(utf8('config.json', configBytes));
  const tensors = readGpt2Tensors(config, readWeights(byName, files));
  let nonFinite = 0;
  for (const { data } of tensors.values()) nonFinite += countNonFinite(data);
  const tokenizer = byName.get('tokenizer.json');
  return {
    config,
    tensors,
    nonFinite,
    tokenizerJson: tokenizer === undefined ? null : utf8('tokenizer.json', tokenizer),
  };
}

/**
 * The model's parameters out of a file's tensors, named with or without the `transformer.` prefix. A tied head that the
 * file repeats must equal wte.
 * @throws LabError `model.mismatch` with every missing, extra, transposed or wrongly shaped tensor
 */
export function readGpt2Tensors(
  config: Gpt2Config,
  tensors: ReadonlyMap<string, SafeTensor>,
): ReadonlyMap<string, Float32Parameter> {
  const problems: string[] = [];
  const left = new Map<string, { readonly fileName: string; readonly tensor: SafeTensor }>();
  for (const [fileName, tensor] of tensors) {
    const name =
      fileName.startsWith('transformer.') || fileName.startsWith('lm_head.') ? fileName : `transformer.${fileName}`;
    if (left.has(name)) problems.push(`twice: ${name}, with and without prefix`);
    left.set(name, { fileName, tensor });
  }
  const result = new Map<string, Float32Parameter>();
  for (const { name, shape } of gpt2Parameters(config)) {
    const found = left.get(name);
    left.delete(name);
    if (found === undefined) problems.push(`missing: ${name} ${shapeText(shape)}`);
    else if (!sameShape(found.tensor.shape, shape)) problems.push(shapeProblem(name, found.tensor.shape, shape));
    else result.set(name, { shape, data: tensorToFloat32(found.fileName, found.tensor) });
  }
  const head = left.get('lm_head.weight');
  const embedding = result.get('transformer.wte.weight');
  if (head !== undefined && config.tie_word_embeddings && embedding !== undefined) {
    left.delete('lm_head.weight');
    if (!sameShape(head.tensor.shape, embedding.shape))
      problems.push(shapeProblem('lm_head.weight', head.tensor.shape, embedding.shape));
    else if (!sameValues(tensorToFloat32(head.fileName, head.tensor), embedding.data)) {
      problems.push('different: lm_head.weight is not wte.weight, but config.json ties them (tie_word_embeddings)');
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

/** Causal-mask buffers that older transformers saved with the weights: constants, not parameters. */
function isBuffer(name: string): boolean {
  return /(^|\.)h\.\d+\.attn\.(bias|masked_bias)$/.test(name);
}

function readWeights(
  byName: ReadonlyMap<string, Uint8Array>,
  files: readonly NamedFile[],
): ReadonlyMap<string, SafeTensor> {
  const single = byName.get('model.safetensors');
  if (single !== undefined) return readSafetensors(single, { skip: isBuffer }).tensors;
  const index = byName.get(INDEX);
  if (index !== undefined) return readShardIndex(utf8(INDEX, index), byName, isBuffer);
  for (const { name, bytes } of files) {
    const foreign = /\.(bin|pt|pth|gguf|h5|msgpack|ckpt|zip)$/i.test(name) ? foreignFile(bytes) : null;
    if (foreign !== null) {
      throw new LabError({
        code: 'model.unsupported',
        message: `${name} is ${foreign.kind}; the folder has no model.safetensors.`,
        advice: foreign.advice,
      });
    }
  }
  throw new LabError({
    code: 'model.unsupported',
    message: `The folder has neither model.safetensors nor ${INDEX}.`,
    why: has(files),
    advice: 'Choose all files of a Hugging Face model folder.',
  });
}

/**
 * The folder that transformers reads back: config.json, generation_config.json, model.safetensors and, with a tokenizer,
 * tokenizer.json and tokenizer_config.json. The same bytes for the same content.
 * @param tokenizerJson text of tokenizer.json, or null
 * @throws LabError `model.mismatch` where a parameter is missing or has another shape
 */
export function writeGpt2Folder(
  config: Gpt2Config,
  tensors: ReadonlyMap<string, Float32Parameter>,
  tokenizerJson: string | null,
): readonly NamedFile[] {
  const written = new Map<string, SafeTensor>();
  for (const { name, shape } of gpt2Parameters(config)) {
    const tensor = tensors.get(name);
    if (tensor === undefined || !sameShape(tensor.shape, shape)) {
      throw new LabError({
        code: 'model.mismatch',
        message: `The parameter ${name} cannot be written.`,
        why: `It needs ${shapeText(shape)}, has ${tensor === undefined ? 'nothing' : shapeText(tensor.shape)}.`,
      });
    }
    written.set(name, float32Tensor(shape, tensor.data));
  }
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const files: NamedFile[] = [
    { name: 'config.json', bytes: encode(gpt2ConfigJson(config)) },
    {
      name: 'generation_config.json',
      bytes: encode(sortedJson({ _from_model_config: true, bos_token_id: null, eos_token_id: null, use_cache: true })),
    },
    { name: 'model.safetensors', bytes: writeSafetensors(written) },
  ];
  if (tokenizerJson !== null) {
    const tokenizerConfig = {
      clean_up_tokenization_spaces: false,
      model_max_length: config.n_positions,
      tokenizer_class: 'PreTrainedTokenizerFast',
    };
    files.push(
      { name: 'tokenizer.json', bytes: encode(tokenizerJson) },
      { name: 'tokenizer_config.json', bytes: encode(sortedJson(tokenizerConfig)) },
    );
  }
  return files;
}

function shapeProblem(name: string, got: readonly number[], needed: readonly number[]): string {
  const transposed = got.length === 2 && sameShape([got[1], got[0]], needed);
  return transposed
    ? `transposed: ${name} is ${shapeText(got)}, needs ${shapeText(needed)} ([in, out], as GPT-2's Conv1D has it)`
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

function has(files: readonly NamedFile[]): string {
  const names = files.slice(0, 20).map((file) => file.name);
  return names.length === 0 ? 'It is empty.' : `It has ${names.join(', ')}${files.length > 20 ? ', ...' : ''}.`;
}

function utf8(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LabError(
      { code: 'config.invalid', message: `${name} is not UTF-8 text.`, why: `${bytes.byteLength} bytes` },
      { cause },
    );
  }
}

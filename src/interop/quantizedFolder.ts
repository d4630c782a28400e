// A quantised model as a folder in and out: as any other, but model.safetensors holds codes (I32 [outputs, words]) and scales (F32 [groups, outputs])
// where a weight was quantised, and its metadata says by which scheme. It rounds nothing.

import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import type { QuantizedModel, QuantizedParameter } from '../core/quantization/quantizedModel';
import {
  groupSizes,
  type QuantizationScheme,
  quantizedLayout,
  scaleStride,
  wordCount,
} from '../core/quantization/scheme';
import type { NamedFile } from '../core/records';
import { modelShapes } from '../model/shapes/modelShapes';
import { folderFiles, requiredText } from './folderFiles';
import { parseRecord } from './jsonRecord';
import { readModelConfig } from './modelConfigJson';
import { type KeptTexts, keptTexts } from './modelFolder';
import { readSafetensors, type SafeTensor, tensorToFloat32, tensorToInt32 } from './safetensors';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';
import { readFolderTokenizer } from './tokenizerFiles';

/** The metadata's key. */
const KEY = 'quantization';
const WEIGHTS = 'model.safetensors';
const CODES = '.codes';
const SCALES = '.scales';

export interface QuantizedFolder {
  readonly config: ModelConfig;
  readonly model: QuantizedModel;
  readonly tokenizerJson: string | null;
  readonly kept: KeptTexts;
}

/** model.safetensors of a quantised model; what stands around it in a folder is written as for any other. The same bytes for the same content. */
export function quantizedWeightsFile(config: ModelConfig, model: QuantizedModel): NamedFile {
  const { scheme } = model;
  const tensors = new Map<string, SafeTensor>();
  const stored: string[] = [];
  for (const { name, shape } of modelShapes(config).parameters) {
    const plain = model.plain.get(name);
    if (plain) tensors.set(name, float32Tensor(shape, plain));
    const parameter = model.quantized.get(name);
    if (!parameter) continue;
    const { outputs, vectors, groups } = parameter.layout;
    const { words } = parameter;
    const data = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    tensors.set(name + CODES, { dtype: 'I32', shape: [outputs, 4 * vectors], data });
    tensors.set(name + SCALES, float32Tensor([groups, outputs], withoutPadding(parameter)));
    if (parameter.transposed) stored.push(name);
  }
  const about = JSON.stringify({
    scheme: scheme.name,
    ...(scheme.name === 'int4' ? { group: scheme.group } : {}),
    // Weights that the model stores [inputs, outputs]; codes are [outputs, inputs] always.
    transposed: stored,
  });
  const metadata = new Map([
    ['format', 'pt'],
    [KEY, about],
  ]);
  return { name: WEIGHTS, bytes: writeSafetensors(tensors, metadata) };
}

function withoutPadding({ layout: { outputs, groups }, scales }: QuantizedParameter): Float32Array {
  const out = new Float32Array(groups * outputs);
  for (let group = 0; group < groups; group++) {
    const from = group * scaleStride(outputs);
    out.set(scales.subarray(from, from + outputs), group * outputs);
  }
  return out;
}

/**
 * A folder with such weights; null for one whose weights are not quantised.
 * @throws LabError `config.invalid`, `model.mismatch`, `safetensors.invalid`
 */
export function readQuantizedFolder(files: readonly NamedFile[]): QuantizedFolder | null {
  const byName = folderFiles(files);
  const bytes = byName.get(WEIGHTS);
  if (!bytes) return null;
  // What is no quantised folder is for the reader of plain ones to judge.
  const head = new TextDecoder().decode(bytes.subarray(8, 8 + Math.min(bytes.byteLength, 4_000_000)));
  if (!head.includes(`"${KEY}"`)) return null;
  const { metadata, tensors } = readSafetensors(bytes);
  const about = metadata.get(KEY);
  if (about === undefined) return null;
  const { scheme, transposed } = readScheme(about);
  const configText = requiredText(byName, 'config.json');
  const config = readModelConfig(configText);
  const quantized = new Map<string, QuantizedParameter>();
  const plain = new Map<string, Float32Array>();
  for (const { name, shape } of modelShapes(config).parameters) {
    const tensor = tensors.get(name);
    if (tensor) {
      if (tensor.shape.join() !== shape.join()) throw mismatch(name, `It is [${tensor.shape}], needs [${shape}].`);
      plain.set(name, tensorToFloat32(name, tensor));
    } else quantized.set(name, readParameter(name, shape, tensors, scheme, transposed.has(name)));
  }
  return {
    config,
    model: { scheme, quantized, plain },
    tokenizerJson: readFolderTokenizer(byName)?.json ?? null,
    kept: keptTexts(configText, files),
  };
}

function readScheme(text: string): { scheme: QuantizationScheme; transposed: ReadonlySet<unknown> } {
  const { scheme, group, transposed } = parseRecord(`${KEY} of ${WEIGHTS}`, text);
  const names = new Set<unknown>(Array.isArray(transposed) ? transposed : []);
  if (scheme === 'int8') return { scheme: { name: 'int8' }, transposed: names };
  const size = groupSizes.find((known) => known === group);
  if (scheme === 'int4' && size !== undefined) return { scheme: { name: 'int4', group: size }, transposed: names };
  throw new LabError({
    code: 'model.unsupported',
    message: `${WEIGHTS} is quantised in a way that is not known here.`,
    why: `Its metadata says ${text.slice(0, 200)}.`,
    advice: `Take int8, or int4 in groups of ${groupSizes.join(', ')}.`,
  });
}

function readParameter(
  name: string,
  shape: readonly number[],
  tensors: ReadonlyMap<string, SafeTensor>,
  scheme: QuantizationScheme,
  transposed: boolean,
): QuantizedParameter {
  const codes = tensors.get(name + CODES);
  const scales = tensors.get(name + SCALES);
  if (!codes || !scales) throw mismatch(name, 'The file has neither its values nor its codes and scales.');
  if (shape.length !== 2) throw mismatch(name, `Only matrices are quantised; it is [${shape}].`);
  const [outputs, inputs] = transposed ? [shape[1], shape[0]] : [shape[0], shape[1]];
  const layout = quantizedLayout(outputs, inputs, scheme);
  if (
    codes.shape.join() !== [outputs, wordCount(layout) / outputs].join() ||
    scales.shape.join() !== [layout.groups, outputs].join()
  )
    throw mismatch(name, `Its codes are [${codes.shape}] and its scales [${scales.shape}]; the model says [${shape}].`);
  const values = tensorToFloat32(name + SCALES, scales);
  const padded = new Float32Array(layout.groups * scaleStride(outputs));
  for (let group = 0; group < layout.groups; group++)
    padded.set(values.subarray(group * outputs, (group + 1) * outputs), group * scaleStride(outputs));
  // A copy, read as unsigned: the bits are the same.
  const words = Uint32Array.from(tensorToInt32(name + CODES, codes));
  return { layout, words, scales: padded, transposed };
}

function mismatch(name: string, why: string): LabError {
  return new LabError({
    code: 'model.mismatch',
    message: `The quantised weights of ${name} do not fit config.json.`,
    why,
    advice: 'Take config.json and the weights from the same model.',
  });
}

// Low-rank adapters as PEFT saves them (adapter_config.json, adapter_model.safetensors): read beside a base model's folder and merged into its
// weights, W + (alpha / r) B A (Hu et al. 2022, section 4.1). Nothing of an adapter is left out: what is not computed here is refused by name.

import { shown } from '../core/configCheck';
import { LabError } from '../core/errors';
import { addLowRank } from '../core/lowRank';
import type { FolderFiles } from './folderFiles';
import { requiredText } from './folderFiles';
import { parseRecord } from './jsonRecord';
import type { ModelFiles } from './modelFiles';
import type { Float32Parameter } from './modelFolder';
import { readSafetensors, type SafeTensor, tensorToFloat32 } from './safetensors';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';

/** Fields that change what is added: the one value that is computed here, beside null, absence and emptiness. */
const FIXED: Readonly<Record<string, unknown>> = {
  peft_type: 'LORA',
  bias: 'none',
  use_dora: false,
  use_qalora: false,
  modules_to_save: null,
  alpha_pattern: null,
  layer_replication: null,
  lora_bias: false,
};

export function hasAdapter(files: FolderFiles): boolean {
  return files.has(CONFIG);
}

/**
 * The base model's parameters with the adapter's changes added; those without a change are the same arrays.
 * @param family the base model's
 * @throws LabError `model.unsupported` for another kind of adapter, `model.mismatch` for one of another model, `config.invalid`,
 *   `safetensors.invalid`
 */
export function mergeAdapter(
  files: FolderFiles,
  parameters: ReadonlyMap<string, Float32Parameter>,
  { parameterName, inputsFirst = () => false }: ModelFiles,
): ReadonlyMap<string, Float32Parameter> {
  const scaleOf = readScale(requiredText(files, CONFIG));
  const weights = files.get(WEIGHTS);
  if (weights === undefined) throw mismatch(`The folder has ${CONFIG} and no ${WEIGHTS}.`, 'Choose both files.');
  const { tensors } = readSafetensors(weights);
  const merged = new Map(parameters);
  const modules = new Set([...tensors.keys()].map(moduleOf));
  for (const module of modules) {
    const name = parameterName(`${module}.weight`);
    const base = parameters.get(name);
    const [down, up] = (['A', 'B'] as const).map((side) => tensors.get(`${PREFIX}${module}.lora_${side}.weight`));
    if (base === undefined) throw mismatch(`The adapter changes ${name}, which the base model does not have.`);
    if (down === undefined || up === undefined) throw mismatch(`The adapter has half of what it adds to ${name}.`);
    merged.set(name, {
      shape: base.shape,
      data: added({ name, inputsFirst: inputsFirst(name), base, down, up }, scaleOf),
    });
  }
  return merged;
}

/** alpha / r, or with rank-stabilised adapters alpha / sqrt(r), as a function of the rank that a module's tensors have. */
function readScale(text: string): (rank: number) => number {
  const json = parseRecord(CONFIG, text);
  for (const [field, value] of Object.entries(FIXED)) {
    const got = json[field];
    const empty = got === undefined || got === null || (typeof got === 'object' && Object.keys(got).length === 0);
    if (!empty && got !== value)
      throw new LabError({
        code: 'model.unsupported',
        message: `${CONFIG} sets ${field} to ${shown(got)}.`,
        why: `Adapters are merged with ${field} = ${shown(value)} only.`,
      });
  }
  const alpha = json['lora_alpha'];
  if (typeof alpha !== 'number' || !Number.isFinite(alpha))
    throw new LabError({
      code: 'config.invalid',
      message: `${CONFIG}: lora_alpha is ${shown(alpha ?? null)}, no number.`,
    });
  return json['use_rslora'] === true ? (rank) => alpha / Math.sqrt(rank) : (rank) => alpha / rank;
}

/** The module of the base model that an adapter's tensor belongs to. */
function moduleOf(name: string): string {
  const module = /^base_model\.model\.(.+)\.lora_[AB]\.weight$/.exec(name)?.[1];
  if (module !== undefined) return module;
  throw new LabError({
    code: 'model.unsupported',
    message: `${WEIGHTS} holds ${shown(name)}.`,
    why: `Adapters of linear layers are merged: ${PREFIX}MODULE.lora_A.weight and .lora_B.weight.`,
  });
}

interface Change {
  readonly name: string;
  /** The base is [in, out], as GPT-2's Conv1D is. */
  readonly inputsFirst: boolean;
  readonly base: Float32Parameter;
  /** [r, in] and [out, r]. */
  readonly down: SafeTensor;
  readonly up: SafeTensor;
}

/** base + scale B A. */
function added({ name, inputsFirst, base, down, up }: Change, scaleOf: (rank: number) => number): Float32Array {
  const [rank, inputs] = down.shape;
  const [outputs, upRank] = up.shape;
  const needed = inputsFirst ? [inputs, outputs] : [outputs, inputs];
  if (upRank !== rank || base.shape.join() !== needed.join())
    throw mismatch(`The adapter of ${name} is [${down.shape}] and [${up.shape}], and the weight [${base.shape}].`);
  const a = tensorToFloat32(name, down);
  const b = tensorToFloat32(name, up);
  const shape = { inFeatures: inputs, outFeatures: outputs, rank, inputsFirst, scale: scaleOf(rank) };
  return addLowRank(shape, base.data, a, b);
}

function mismatch(message: string, advice = 'Take the adapter and the model that it was trained on.'): LabError {
  return new LabError({ code: 'model.mismatch', message, advice });
}

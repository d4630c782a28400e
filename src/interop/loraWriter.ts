// Writes trained adapters as PEFT saves them: adapter_config.json and adapter_model.safetensors, to lie beside their base model. Read again,
// and merged, by loraAdapter.ts.

import { LabError } from '../core/errors';
import type { FloatDtype } from '../core/exportOptions';
import { ALL_LINEAR, type LoraConfig, loraTargets } from '../core/loraConfig';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { adapterShapes, targetNames } from '../model/shapes/adapterShapes';
import { weightLayout } from '../model/shapes/modelShapes';
import type { SafeTensor } from './safetensors';
import { floatTensor, writeSafetensors } from './safetensorsWriter';
import { sortedJson } from './sortedJson';

const PREFIX = 'base_model.model.';

/**
 * @param adapters the matrices A and B by name
 * @throws LabError `model.mismatch` where one is missing, `safetensors.invalid` where one does not fit the type
 */
export function adapterFiles(
  model: ModelConfig,
  lora: LoraConfig,
  adapters: ReadonlyMap<string, Float32Array>,
  dtype: FloatDtype = 'F32',
): readonly NamedFile[] {
  const tensors = new Map<string, SafeTensor>();
  for (const { name, shape } of adapterShapes(model, lora)) {
    const values = adapters.get(name);
    if (values?.length !== shape[0] * shape[1])
      throw new LabError({ code: 'model.mismatch', message: `The adapter's ${name} is missing or not [${shape}].` });
    tensors.set(PREFIX + name, floatTensor(name, shape, values, dtype));
  }
  return [
    { name: 'adapter_config.json', bytes: new TextEncoder().encode(sortedJson(configFields(model, lora))) },
    { name: 'adapter_model.safetensors', bytes: writeSafetensors(tensors) },
  ];
}

/** The fields of PEFT's LoraConfig; those that the lab does not have at what they are without. */
function configFields(model: ModelConfig, lora: LoraConfig): Readonly<Record<string, unknown>> {
  const targets = loraTargets(lora);
  return {
    alpha_pattern: {},
    base_model_name_or_path: null,
    bias: 'none',
    // PEFT needs to be told that Conv1D weights are [in, out].
    fan_in_fan_out: weightLayout(model) === 'conv1d',
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: lora.lora_alpha,
    lora_bias: false,
    lora_dropout: lora.lora_dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: lora.r,
    rank_pattern: {},
    revision: null,
    target_modules: targets.includes(ALL_LINEAR) ? targetNames(model).filter((name) => name !== ALL_LINEAR) : targets,
    task_type: modelSizes(model).task === 'causal-lm' ? 'CAUSAL_LM' : null,
    use_dora: false,
    use_rslora: lora.use_rslora,
  };
}

// What a family is to a Hugging Face folder: how its config.json is read and written, and how checkpoints name its tensors. Pure.

import type * as v from 'valibot';
import type { ModelConfig, ModelType } from '../core/modelConfig';
import { bertConfigRules, bertFiles } from './bertFiles';
import { distilbertConfigRules, distilbertFiles } from './distilbertFiles';
import { gpt2ConfigRules, gpt2Files } from './gpt2Files';
import type { JsonRecord } from './jsonRecord';
import { llamaConfigRules, llamaFiles, mistralConfigRules, qwen2ConfigRules, qwen3ConfigRules } from './llamaFiles';
import { robertaConfigRules, robertaFiles } from './robertaFiles';

/** How a family's config.json is read. */
export interface ConfigRules {
  /** Of transformers' class names, those that the lab computes. */
  readonly architectures: readonly string[];
  /** The class name says which head there is: without it a folder is refused. */
  readonly headed?: boolean;
  readonly fields: Readonly<Record<string, v.GenericSchema>>;
  /** What the family's config class of transformers takes for a field that config.json leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Fields that change the maths: the one value that the lab computes. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** The lab's own fields that stand otherwise in config.json, from its fields; undefined takes the default. */
  readonly derived?: (json: JsonRecord) => Readonly<Record<string, unknown>>;
}

export const configRules: Readonly<Record<ModelType, ConfigRules>> = {
  gpt2: gpt2ConfigRules,
  llama: llamaConfigRules,
  qwen2: qwen2ConfigRules,
  qwen3: qwen3ConfigRules,
  mistral: mistralConfigRules,
  bert: bertConfigRules,
  distilbert: distilbertConfigRules,
  roberta: robertaConfigRules,
};

/** A model's folder. */
export interface ModelFiles {
  /** config.json's fields as transformers writes them, in any order. */
  readonly configJson: Readonly<Record<string, unknown>>;
  /** The parameter that a tensor of a checkpoint is: some leave out the model's prefix. */
  readonly parameterName: (name: string) => string;
  /** Tensors that a checkpoint may repeat, and the parameter that each must equal. */
  readonly repeated: ReadonlyMap<string, string>;
  /** Matrices that are stored [in, out]; all are [out, in] where it is left out. */
  readonly inputsFirst?: (name: string) => boolean;
  /** How matrices lie, in words, for a message about one that is transposed. */
  readonly weightLayout: string;
  /** Tensors that some checkpoints save and this model does not read: constants, and what another head was trained with. */
  readonly ignored: (name: string) => boolean;
}

export function modelFiles(config: ModelConfig): ModelFiles {
  switch (config.model_type) {
    case 'gpt2':
      return gpt2Files(config);
    case 'bert':
      return bertFiles(config);
    case 'distilbert':
      return distilbertFiles(config);
    case 'roberta':
      return robertaFiles(config);
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return llamaFiles(config);
  }
}

// The model families that the lab computes, as one union told apart by Hugging Face's `model_type`, and what they have in common.
// A family is added here, in model/shapes/modelShapes.ts, model/modelLayers.ts and interop/modelFiles.ts: docs/models.md. Pure.

import * as v from 'valibot';
import { bertArchitectures, bertConfigSchema, bertSizeFields, bertSizes } from './models/bert';
import {
  distilbertArchitectures,
  distilbertConfigSchema,
  distilbertSizeFields,
  distilbertSizes,
} from './models/distilbert';
import { taskOfArchitecture } from './models/encoderModel';
import type { EncoderConfig } from './models/encoders';
import { gpt2ConfigSchema, gpt2SizeFields, gpt2Sizes } from './models/gpt2';
import {
  llamaConfigSchema,
  llamaConflict,
  llamaSizeFields,
  llamaSizes,
  mistralConfigSchema,
  qwen2ConfigSchema,
  qwen3ConfigSchema,
  slidingWindow,
} from './models/llama';
import { type FieldConflict, type ModelSizes, positionRows, type SizeFields } from './models/modelSizes';
import { robertaArchitectures, robertaConfigSchema, robertaConflict, robertaSizes } from './models/roberta';

/** Each family's schema by `model_type`. */
export const modelSchemas = {
  gpt2: gpt2ConfigSchema,
  bert: bertConfigSchema,
  distilbert: distilbertConfigSchema,
  roberta: robertaConfigSchema,
  llama: llamaConfigSchema,
  qwen2: qwen2ConfigSchema,
  qwen3: qwen3ConfigSchema,
  mistral: mistralConfigSchema,
} as const;
export const modelConfigSchema = v.variant('model_type', [
  modelSchemas.gpt2,
  modelSchemas.bert,
  modelSchemas.distilbert,
  modelSchemas.roberta,
  modelSchemas.llama,
  modelSchemas.qwen2,
  modelSchemas.qwen3,
  modelSchemas.mistral,
]);
export type ModelConfig = v.InferOutput<typeof modelConfigSchema>;
export type ModelType = ModelConfig['model_type'];

const sizeFields: Readonly<Record<ModelType, SizeFields>> = {
  gpt2: gpt2SizeFields,
  bert: bertSizeFields,
  distilbert: distilbertSizeFields,
  roberta: bertSizeFields,
  llama: llamaSizeFields,
  qwen2: llamaSizeFields,
  qwen3: llamaSizeFields,
  mistral: llamaSizeFields,
};

/** Undefined for anything that is not the name of a family. */
export function findModelType(name: unknown): ModelType | undefined {
  return modelTypes().find((type) => type === name);
}

export function modelTypes(): readonly ModelType[] {
  return modelConfigSchema.options.map(({ entries }) => entries.model_type.literal);
}

/** Families that continue texts: the others read whole sequences. */
export function textModelTypes(): readonly ModelType[] {
  return modelTypes().filter(
    (type) => modelSizes(v.parse(modelConfigSchema, { model_type: type })).task === 'causal-lm',
  );
}

/** @throws never; a vocab_size of 0 is one to be resolved from the text */
export function modelSizes(config: ModelConfig): ModelSizes {
  switch (config.model_type) {
    case 'gpt2':
      return gpt2Sizes(config);
    case 'bert':
      return bertSizes(config);
    case 'distilbert':
      return distilbertSizes(config);
    case 'roberta':
      return robertaSizes(config);
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return llamaSizes(config);
  }
}

/** Families that read whole sequences, with a head for what they are asked. */
export function isEncoder(config: ModelConfig): config is EncoderConfig {
  switch (config.model_type) {
    case 'bert':
    case 'distilbert':
    case 'roberta':
      return true;
    case 'gpt2':
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return false;
  }
}

/** Names of the classes that a head tells apart, in the order of its outputs; none where it tells none apart. */
export function modelLabels(config: ModelConfig): readonly string[] {
  const { task } = modelSizes(config);
  const classifies = task === 'sequence-classification' || task === 'token-classification';
  return isEncoder(config) && classifies ? config.labels : [];
}

/** Keys that a token sees in a layer of a causal model, itself and those before it; undefined where it sees all. */
export function attentionWindow(config: ModelConfig, layer: number): number | undefined {
  switch (config.model_type) {
    case 'gpt2':
    case 'bert':
    case 'distilbert':
    case 'roberta':
      return undefined;
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return slidingWindow(config, layer);
  }
}

/** The first field that is right by itself and does not fit the others, beside the heads that must divide the width; null where all fit. */
export function fieldConflict(config: ModelConfig): FieldConflict | null {
  switch (config.model_type) {
    case 'gpt2':
    case 'bert':
    case 'distilbert':
      return null;
    case 'roberta':
      return robertaConflict(config);
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return llamaConflict(config);
  }
}

/** The family's own name of a size, as in `model.n_head`. */
export function sizeField({ model_type }: ModelConfig, size: keyof SizeFields): string {
  return sizeFields[model_type][size];
}

/**
 * The same model with one size changed under the family's name for it.
 * @throws ValiError where the schema does not take the value
 */
export function withSize(config: ModelConfig, size: keyof SizeFields, value: number): ModelConfig {
  return withField(config, sizeField(config, size), value);
}

/** The field that gives a model so many positions for the tokens of a text, and its value. */
export function positionsField(config: ModelConfig, positions: number): { readonly [field: string]: number } {
  return { [sizeField(config, 'positions')]: positionRows({ ...modelSizes(config), positions }) };
}

/**
 * The family's default model in the sizes of another family's: layers, width, heads and positions; what both know by one name and take stays, too,
 * and so does what an encoder is for.
 */
export function likeModel(type: ModelType, other: ModelConfig): ModelConfig {
  const model = v.parse(modelConfigSchema, { model_type: type });
  const { layers, width, heads, positions, task } = modelSizes(other);
  const names = sizeFields[type];
  const fields: Readonly<Record<string, v.GenericSchema>> = modelSchemas[type].entries;
  const sizes = { [names.layers]: layers, [names.width]: width, [names.heads]: heads };
  const same = Object.entries(other).filter(
    ([name, value]) => name !== 'model_type' && name in model && v.is(fields[name], value),
  );
  const headed = isEncoder(model)
    ? architecturesOf(model).find((each) => taskOfArchitecture(each) === task)
    : undefined;
  const alike = {
    ...model,
    ...Object.fromEntries(same),
    ...sizes,
    ...innerLike(type, width),
    ...(headed === undefined ? {} : { architecture: headed }),
  };
  return v.parse(modelConfigSchema, { ...alike, ...positionsField(v.parse(modelConfigSchema, alike), positions) });
}

/** The classes of an encoder's family. */
function architecturesOf(config: EncoderConfig): readonly EncoderConfig['architecture'][] {
  switch (config.model_type) {
    case 'bert':
      return bertArchitectures;
    case 'distilbert':
      return distilbertArchitectures;
    case 'roberta':
      return robertaArchitectures;
  }
}

/** Three matrices of 8/3 C have the parameters of GPT-2's two of 4 C (Shazeer 2020, section 2); in whole eights. */
function innerLike(type: ModelType, width: number): Readonly<Record<string, number>> {
  switch (type) {
    case 'gpt2':
      return {};
    case 'bert':
    case 'roberta':
      return { intermediate_size: 4 * width };
    case 'distilbert':
      return { hidden_dim: 4 * width };
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return { intermediate_size: 8 * Math.ceil(width / 3) };
  }
}

/** The same model with one field changed. @throws ValiError where the schema does not take the value */
export function withField(config: ModelConfig, field: string, value: number): ModelConfig {
  return v.parse(modelConfigSchema, { ...config, [field]: value });
}

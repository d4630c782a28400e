// The configurations of Llama and its relatives Qwen2, Qwen3 and Mistral, as transformers' configs name their fields, and what tells them apart.
// transformers' nested rope_parameters are flat here (rope_theta, rope_type, rope_factor, ...), so that forms and links can hold them. Pure data.

import * as v from 'valibot';
import type { RotaryFrequencies } from '../rotary';
import type { FieldConflict, ModelSizes, SizeFields } from './modelSizes';
import { finite, integer } from './schemaParts';

/** transformers' rope_type; others (dynamic, yarn, longrope) are refused by name. */
export const ropeTypes = ['default', 'linear', 'llama3'] as const;

const shared = {
  /** 0 means: as large as the tokenizer's vocabulary. */
  vocab_size: v.optional(integer(0, 1_000_000), 0),
  hidden_size: v.optional(integer(1, 65_536), 64),
  intermediate_size: v.optional(integer(1, 262_144), 176),
  num_hidden_layers: v.optional(integer(1, 512), 4),
  num_attention_heads: v.optional(integer(1, 512), 4),
  /** Heads of keys and values; as many as query heads where null. */
  num_key_value_heads: v.optional(v.nullable(integer(1, 512)), 2),
  /** hidden_size / num_attention_heads where null. */
  head_dim: v.optional(v.nullable(integer(2, 1_024)), null),
  max_position_embeddings: v.optional(integer(1, 1_048_576), 64),
  rms_norm_eps: v.optional(finite(0, 1), 1e-6),
  /** As GPT-2's here: made for narrow models. */
  initializer_range: v.optional(finite(0, 10), 0.06),
  tie_word_embeddings: v.optional(v.boolean(), true),
  attention_dropout: v.optional(finite(0, 0.99), 0),
  rope_theta: v.optional(finite(1, 1e12), 10_000),
  rope_type: v.optional(v.picklist(ropeTypes), 'default'),
  /** `linear` and `llama3`: what frequencies are divided by. */
  rope_factor: v.optional(finite(1, 1e6), 1),
  /** `llama3`: low_freq_factor, high_freq_factor, original_max_position_embeddings. */
  rope_low_freq_factor: v.optional(finite(0, 1e6), 1),
  rope_high_freq_factor: v.optional(finite(0, 1e6), 4),
  rope_original_positions: v.optional(integer(1, 1_048_576), 64),
};
const windowed = {
  use_sliding_window: v.optional(v.boolean(), false),
  /** Keys that a token sees, itself and those before it, in layers from max_window_layers on. */
  sliding_window: v.optional(v.nullable(integer(1, 1_048_576)), null),
  max_window_layers: v.optional(integer(0, 512), 0),
};

export const llamaConfigSchema = v.object({
  model_type: v.literal('llama'),
  ...shared,
  attention_bias: v.optional(v.boolean(), false),
  mlp_bias: v.optional(v.boolean(), false),
});
export const qwen2ConfigSchema = v.object({ model_type: v.literal('qwen2'), ...shared, ...windowed });
export const qwen3ConfigSchema = v.object({
  model_type: v.literal('qwen3'),
  ...shared,
  ...windowed,
  attention_bias: v.optional(v.boolean(), false),
});
export const mistralConfigSchema = v.object({
  model_type: v.literal('mistral'),
  ...shared,
  /** Keys that a token sees, itself and those before it, in every layer; all of them where null. */
  sliding_window: v.optional(v.nullable(integer(1, 1_048_576)), null),
});
export type LlamaConfig =
  | v.InferOutput<typeof llamaConfigSchema>
  | v.InferOutput<typeof qwen2ConfigSchema>
  | v.InferOutput<typeof qwen3ConfigSchema>
  | v.InferOutput<typeof mistralConfigSchema>;

export const llamaSizeFields: SizeFields = {
  layers: 'num_hidden_layers',
  width: 'hidden_size',
  heads: 'num_attention_heads',
  positions: 'max_position_embeddings',
};

export function llamaSizes(config: LlamaConfig): ModelSizes {
  const { hidden_size: width, num_attention_heads: heads, vocab_size: vocabulary } = config;
  return {
    task: 'causal-lm',
    layers: config.num_hidden_layers,
    width,
    heads,
    kvHeads: config.num_key_value_heads ?? heads,
    headDim: config.head_dim ?? width / heads,
    inner: config.intermediate_size,
    positions: config.max_position_embeddings,
    vocabulary,
    outputs: vocabulary,
    tokenTypes: 0,
    masked: false,
    untrainedToken: null,
    paddingPosition: null,
  };
}

/** See fieldConflict of core/modelConfig.ts. */
export function llamaConflict(config: LlamaConfig): FieldConflict | null {
  const { heads, kvHeads, headDim } = llamaSizes(config);
  if (heads % kvHeads !== 0) {
    let fitting = Math.min(heads, kvHeads);
    while (heads % fitting !== 0) fitting--;
    const rule = (section: string) => `a divisor of ${section}num_attention_heads = ${heads}`;
    return { field: 'num_key_value_heads', got: kvHeads, rule, fitting };
  }
  if (Number.isInteger(headDim) && headDim % 2 !== 0)
    return { field: 'head_dim', got: headDim, rule: () => 'an even number', fitting: headDim + 1 };
  const { rope_type: type, rope_low_freq_factor: low, rope_high_freq_factor: high } = config;
  if (type === 'llama3' && high <= low) {
    const rule = (section: string) => `above ${section}rope_low_freq_factor = ${low}`;
    return { field: 'rope_high_freq_factor', got: high, rule, fitting: low + 1 };
  }
  return null;
}

/** Where the relatives differ. */
export interface LlamaTraits {
  /** Biases of the projections into queries, keys and values; of the one back; of the feed-forward part. */
  readonly qkvBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** RMS norm of each query and key head before they turn. */
  readonly headNorms: boolean;
}

export function llamaTraits(config: LlamaConfig): LlamaTraits {
  switch (config.model_type) {
    case 'llama': {
      const { attention_bias: bias, mlp_bias: mlpBias } = config;
      return { qkvBias: bias, outputBias: bias, mlpBias, headNorms: false };
    }
    case 'qwen2':
      return { qkvBias: true, outputBias: false, mlpBias: false, headNorms: false };
    case 'qwen3': {
      const { attention_bias: bias } = config;
      return { qkvBias: bias, outputBias: bias, mlpBias: false, headNorms: true };
    }
    case 'mistral':
      return { qkvBias: false, outputBias: false, mlpBias: false, headNorms: false };
  }
}

/** Keys that a token sees in a layer, itself and those before it; undefined where it sees all. */
export function slidingWindow(config: LlamaConfig, layer: number): number | undefined {
  switch (config.model_type) {
    case 'llama':
      return undefined;
    case 'mistral':
      return config.sliding_window ?? undefined;
    case 'qwen2':
    case 'qwen3': {
      const slides = config.use_sliding_window && layer >= config.max_window_layers;
      return slides ? (config.sliding_window ?? undefined) : undefined;
    }
  }
}

/** How fast the pairs of a head turn. */
export function rotaryConfig(config: LlamaConfig): RotaryFrequencies {
  const { rope_theta: theta, rope_type: type, rope_factor: factor } = config;
  switch (type) {
    case 'default':
      return { theta };
    case 'linear':
      return { theta, scaling: { factor } };
    case 'llama3': {
      const { rope_low_freq_factor: low, rope_high_freq_factor: high, rope_original_positions: positions } = config;
      return { theta, scaling: { factor, bands: { low, high, positions } } };
    }
  }
}

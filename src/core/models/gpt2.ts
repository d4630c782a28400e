// GPT-2's configuration as transformers' GPT2Config names it. Pure data.

import * as v from 'valibot';
import { activationNames } from './activationNames';
import type { ModelSizes, SizeFields } from './modelSizes';
import { finite, integer } from './schemaParts';

/** vocab_size 0 means: as large as the tokenizer's vocabulary. */
export const gpt2ConfigSchema = v.object({
  model_type: v.literal('gpt2'),
  vocab_size: v.optional(integer(0, 1_000_000), 0),
  n_positions: v.optional(integer(1, 65_536), 64),
  n_embd: v.optional(integer(1, 65_536), 64),
  n_layer: v.optional(integer(1, 512), 4),
  n_head: v.optional(integer(1, 512), 4),
  n_inner: v.optional(v.nullable(integer(1, 262_144)), null),
  activation_function: v.optional(v.picklist(activationNames), 'gelu_new'),
  layer_norm_epsilon: v.optional(finite(0, 1), 1e-5),
  /** transformers starts with 0.02, made for widths of 768; narrow models learn faster from larger weights (docs/performance.md). */
  initializer_range: v.optional(finite(0, 10), 0.06),
  tie_word_embeddings: v.optional(v.boolean(), true),
  embd_pdrop: v.optional(finite(0, 0.99), 0),
  resid_pdrop: v.optional(finite(0, 0.99), 0),
  attn_pdrop: v.optional(finite(0, 0.99), 0),
});
export type Gpt2Config = v.InferOutput<typeof gpt2ConfigSchema>;

export const gpt2SizeFields: SizeFields = {
  layers: 'n_layer',
  width: 'n_embd',
  heads: 'n_head',
  positions: 'n_positions',
};

export function gpt2Sizes(config: Gpt2Config): ModelSizes {
  const { n_layer: layers, n_embd: width, n_head: heads, n_positions: positions, vocab_size: vocabulary } = config;
  return {
    task: 'causal-lm',
    layers,
    width,
    heads,
    kvHeads: heads,
    headDim: width / heads,
    inner: config.n_inner ?? 4 * width,
    positions,
    vocabulary,
    outputs: vocabulary,
    tokenTypes: 0,
    masked: false,
    untrainedToken: null,
    paddingPosition: null,
  };
}

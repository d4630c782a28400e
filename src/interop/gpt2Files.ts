// GPT-2's files as transformers has them: which fields of config.json are read, what stands in them, and how checkpoints name their tensors. Pure.

import { type Gpt2Config, gpt2ConfigSchema } from '../core/models/gpt2';
import type { ConfigRules, ModelFiles } from './modelFiles';

export const gpt2ConfigRules: ConfigRules = {
  architectures: ['GPT2LMHeadModel', 'GPT2Model'],
  fields: gpt2ConfigSchema.entries,
  defaults: {
    vocab_size: 50_257,
    n_positions: 1024,
    n_embd: 768,
    n_layer: 12,
    n_head: 12,
    n_inner: null,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    initializer_range: 0.02,
    tie_word_embeddings: true,
    embd_pdrop: 0.1,
    resid_pdrop: 0.1,
    attn_pdrop: 0.1,
  },
  fixed: {
    scale_attn_weights: true,
    scale_attn_by_inverse_layer_idx: false,
    reorder_and_upcast_attn: false,
    add_cross_attention: false,
    is_encoder_decoder: false,
    quantization_config: null,
    pruned_heads: null,
  },
};

const PREFIX = 'transformer.';
const HEAD = 'lm_head.weight';

export function gpt2Files(config: Gpt2Config): ModelFiles {
  return {
    configJson: {
      ...config,
      architectures: ['GPT2LMHeadModel'],
      add_cross_attention: false,
      bos_token_id: null,
      dtype: 'float32',
      eos_token_id: null,
      pad_token_id: null,
      reorder_and_upcast_attn: false,
      scale_attn_by_inverse_layer_idx: false,
      scale_attn_weights: true,
      summary_activation: null,
      summary_first_dropout: 0.1,
      summary_proj_to_labels: true,
      summary_type: 'cls_index',
      summary_use_proj: true,
      use_cache: true,
    },
    parameterName: (name) => (name.startsWith(PREFIX) || name.startsWith('lm_head.') ? name : PREFIX + name),
    repeated: config.tie_word_embeddings ? new Map([[HEAD, 'transformer.wte.weight']]) : new Map(),
    inputsFirst: (name) => /\.c_(attn|proj|fc)\.weight$/.test(name),
    weightLayout: "[in, out], as GPT-2's Conv1D has it",
    // Causal-mask buffers that older transformers saved with the weights.
    ignored: (name) => /(^|\.)h\.\d+\.attn\.(bias|masked_bias)$/.test(name),
  };
}

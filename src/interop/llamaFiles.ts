// The files of Llama and its relatives Qwen2, Qwen3 and Mistral as transformers has them: which fields of config.json are read, what stands in
// them, and how checkpoints name their tensors. rope_parameters are read as transformers 5 writes them, and rope_theta with rope_scaling as 4
// did. Pure.

import { shown } from '../core/configCheck';
import { LabError } from '../core/errors';
import {
  type LlamaConfig,
  llamaConfigSchema,
  llamaSizes,
  mistralConfigSchema,
  qwen2ConfigSchema,
  qwen3ConfigSchema,
  ropeTypes,
  slidingWindow,
} from '../core/models/llama';
import type { JsonRecord } from './jsonRecord';
import type { ConfigRules, ModelFiles } from './modelFiles';

/** What the config classes of all four take for fields that config.json leaves out. */
const DEFAULTS = {
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  initializer_range: 0.02,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
  attention_dropout: 0,
  rope_theta: 10_000,
  rope_type: 'default',
  rope_factor: 1,
  rope_low_freq_factor: 1,
  rope_high_freq_factor: 4,
  rope_original_positions: 2048,
};
const QWEN_DEFAULTS = {
  ...DEFAULTS,
  vocab_size: 151_936,
  intermediate_size: 22_016,
  num_key_value_heads: 32,
  max_position_embeddings: 32_768,
  use_sliding_window: false,
  sliding_window: 4096,
  max_window_layers: 28,
};
const FIXED = {
  hidden_act: 'silu',
  partial_rotary_factor: 1,
  add_cross_attention: false,
  is_encoder_decoder: false,
  quantization_config: null,
  pruned_heads: null,
};

export const llamaConfigRules: ConfigRules = {
  architectures: ['LlamaForCausalLM', 'LlamaModel'],
  fields: llamaConfigSchema.entries,
  defaults: {
    ...DEFAULTS,
    vocab_size: 32_000,
    intermediate_size: 11_008,
    num_key_value_heads: null,
    head_dim: null,
    max_position_embeddings: 2048,
    attention_bias: false,
    mlp_bias: false,
  },
  fixed: FIXED,
  derived: (json) => {
    requireLayerTypes(json, () => false);
    return rotaryFields(json);
  },
};

export const qwen2ConfigRules: ConfigRules = {
  architectures: ['Qwen2ForCausalLM', 'Qwen2Model'],
  fields: qwen2ConfigSchema.entries,
  defaults: { ...QWEN_DEFAULTS, head_dim: null },
  fixed: FIXED,
  derived: qwenFields,
};

export const qwen3ConfigRules: ConfigRules = {
  architectures: ['Qwen3ForCausalLM', 'Qwen3Model'],
  fields: qwen3ConfigSchema.entries,
  defaults: { ...QWEN_DEFAULTS, head_dim: 128, attention_bias: false },
  fixed: FIXED,
  derived: qwenFields,
};

export const mistralConfigRules: ConfigRules = {
  architectures: ['MistralForCausalLM', 'MistralModel'],
  fields: mistralConfigSchema.entries,
  defaults: {
    ...DEFAULTS,
    vocab_size: 32_000,
    intermediate_size: 14_336,
    num_key_value_heads: 8,
    head_dim: null,
    max_position_embeddings: 131_072,
    sliding_window: 4096,
  },
  fixed: FIXED,
  derived: (json) => {
    requireLayerTypes(json, () => json['sliding_window'] !== null);
    return rotaryFields(json);
  },
};

function qwenFields(json: JsonRecord): Readonly<Record<string, unknown>> {
  const from = json['max_window_layers'] ?? QWEN_DEFAULTS.max_window_layers;
  const slides = json['use_sliding_window'] === true && json['sliding_window'] !== null;
  requireLayerTypes(json, (layer) => slides && typeof from === 'number' && layer >= from);
  return rotaryFields(json);
}

/** @throws LabError `model.unsupported` where layer_types says otherwise than the fields that the lab reads */
function requireLayerTypes(json: JsonRecord, slides: (layer: number) => boolean): void {
  const types = json['layer_types'];
  if (!Array.isArray(types)) return;
  const other = types.findIndex((type: unknown, layer) => type !== typeName(slides(layer)));
  if (other !== -1)
    throw unsupported(
      `config.json gives layer ${other} the type ${shown(types[other])}, and its other fields say ${typeName(slides(other))}.`,
      'The lab reads sliding_window, use_sliding_window and max_window_layers; layer_types must agree with them.',
    );
}

function typeName(slides: boolean): string {
  return slides ? 'sliding_attention' : 'full_attention';
}

/** Names in rope_parameters or rope_scaling, and the lab's own for them. */
const ROTARY_FIELDS: ReadonlyMap<string, string> = new Map([
  ['rope_theta', 'rope_theta'],
  ['rope_type', 'rope_type'],
  ['type', 'rope_type'],
  ['factor', 'rope_factor'],
  ['low_freq_factor', 'rope_low_freq_factor'],
  ['high_freq_factor', 'rope_high_freq_factor'],
  ['original_max_position_embeddings', 'rope_original_positions'],
]);

/** @throws LabError `model.unsupported` for another kind of scaling, or a field of it that the lab does not compute */
function rotaryFields(json: JsonRecord): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const place of ['rope_scaling', 'rope_parameters']) {
    const given = json[place];
    if (typeof given !== 'object' || given === null) continue;
    for (const [name, value] of Object.entries(given)) {
      const field = ROTARY_FIELDS.get(name);
      if (field !== undefined) fields[field] = value;
      else if (!(name === 'partial_rotary_factor' && value === 1) && value !== null)
        throw unsupported(
          `config.json sets ${place}.${name} to ${shown(value)}, which changes the model's maths.`,
          `The lab computes rotary positions by ${[...ROTARY_FIELDS.keys()].join(', ')}.`,
        );
    }
  }
  const type = fields['rope_type'];
  if (type !== undefined && !ropeTypes.some((known) => known === type))
    throw unsupported(
      `config.json scales rotary positions by ${shown(type)}.`,
      `The lab computes rope_type ${ropeTypes.join(', ')}.`,
    );
  return fields;
}

const PREFIX = 'model.';
const HEAD = 'lm_head.weight';
const CLASS_NAMES = { llama: 'Llama', qwen2: 'Qwen2', qwen3: 'Qwen3', mistral: 'Mistral' } as const;

export function llamaFiles(config: LlamaConfig): ModelFiles {
  const {
    rope_theta,
    rope_type,
    rope_factor: factor,
    rope_low_freq_factor: low_freq_factor,
    rope_high_freq_factor: high_freq_factor,
    rope_original_positions: original_max_position_embeddings,
    ...fields
  } = config;
  const { kvHeads, headDim, layers } = llamaSizes(config);
  const bands = { low_freq_factor, high_freq_factor, original_max_position_embeddings };
  return {
    configJson: {
      ...fields,
      architectures: [`${CLASS_NAMES[config.model_type]}ForCausalLM`],
      bos_token_id: null,
      dtype: 'float32',
      eos_token_id: null,
      head_dim: headDim,
      hidden_act: 'silu',
      num_key_value_heads: kvHeads,
      pad_token_id: null,
      rope_parameters: {
        ...(rope_type === 'default' ? {} : { factor }),
        ...(rope_type === 'llama3' ? bands : {}),
        rope_theta,
        rope_type,
      },
      use_cache: true,
      ...('use_sliding_window' in config
        ? {
            layer_types: Array.from({ length: layers }, (_, layer) =>
              typeName(slidingWindow(config, layer) !== undefined),
            ),
          }
        : {}),
    },
    parameterName: (name) => (name.startsWith(PREFIX) || name.startsWith('lm_head.') ? name : PREFIX + name),
    repeated: config.tie_word_embeddings ? new Map([[HEAD, 'model.embed_tokens.weight']]) : new Map(),
    weightLayout: "[out, in], as PyTorch's Linear has it",
    // Frequencies that older transformers saved with the weights.
    ignored: (name) => /(^|\.)rotary_emb\.inv_freq$/.test(name),
  };
}

function unsupported(message: string, why: string): LabError {
  return new LabError({ code: 'model.unsupported', message, why });
}

// config.json of a Hugging Face GPT-2 folder, both ways: every field that changes the maths is either supported or
// refused by name. Pure. It must not read weights.

import * as v from 'valibot';
import { describeSchema, shown } from '../core/configCheck';
import { LabError } from '../core/errors';
import { type Gpt2Config, gpt2ConfigSchema } from '../core/runConfig';
import { sortedJson } from './sortedJson';

/** What GPT2Config of transformers takes for a field that config.json leaves out. */
const TRANSFORMERS_DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['vocab_size', 50_257],
  ['n_positions', 1024],
  ['n_embd', 768],
  ['n_layer', 12],
  ['n_head', 12],
  ['n_inner', null],
  ['activation_function', 'gelu_new'],
  ['layer_norm_epsilon', 1e-5],
  ['initializer_range', 0.02],
  ['tie_word_embeddings', true],
  ['embd_pdrop', 0.1],
  ['resid_pdrop', 0.1],
  ['attn_pdrop', 0.1],
]);

/** Fields that change the maths: the one value that the lab computes. */
const FIXED: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['scale_attn_weights', true],
  ['scale_attn_by_inverse_layer_idx', false],
  ['reorder_and_upcast_attn', false],
  ['add_cross_attention', false],
  ['is_encoder_decoder', false],
  ['quantization_config', null],
  ['pruned_heads', null],
]);
/** Another spelling of the same function. */
const ACTIVATION_ALIASES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ['gelu_pytorch_tanh', 'gelu_new'],
  ['swish', 'silu'],
]);
const ARCHITECTURES: ReadonlySet<unknown> = new Set<unknown>(['GPT2LMHeadModel', 'GPT2Model']);

/**
 * Reads config.json. Absent fields take transformers' defaults, not the lab's.
 * @throws LabError `model.unsupported` for another architecture or unsupported maths, `config.invalid` for bad fields
 */
export function readGpt2Config(text: string): Gpt2Config {
  const json = parseObject(text);
  const modelType = json.get('model_type');
  const architectures = json.get('architectures');
  if (modelType !== 'gpt2') {
    throw unsupported(`This folder holds a model of type ${shown(modelType ?? null)}.`, 'Only gpt2 is read for now.');
  }
  if (Array.isArray(architectures)) {
    const other = architectures.find((name: unknown) => !ARCHITECTURES.has(name));
    if (other !== undefined)
      throw unsupported(
        `This folder holds the architecture ${shown(other)}.`,
        'Of GPT-2, the language model GPT2LMHeadModel is read.',
      );
  }
  for (const [field, value] of FIXED) {
    const got = json.get(field);
    const empty = got === undefined || got === null || (typeof got === 'object' && Object.keys(got).length === 0);
    if (!empty && got !== value) {
      throw unsupported(
        `config.json sets ${field} to ${shown(got)}, which changes the model's maths.`,
        `The lab computes ${field} = ${shown(value)} only.`,
      );
    }
  }
  const values: Record<string, unknown> = { model_type: 'gpt2' };
  const issues: string[] = [];
  for (const [field, schema] of Object.entries(gpt2ConfigSchema.entries)) {
    if (field === 'model_type') continue;
    const given = json.get(field) ?? TRANSFORMERS_DEFAULTS.get(field);
    const value = field === 'activation_function' ? (ACTIVATION_ALIASES.get(given) ?? given) : given;
    const result = v.safeParse(schema, value);
    if (result.success) values[field] = result.output;
    else issues.push(`${field}: got ${shown(value)}, takes ${describeSchema(schema)}`);
  }
  const parsed = v.safeParse(gpt2ConfigSchema, values);
  if (issues.length === 0 && parsed.success) {
    const { vocab_size, n_embd, n_head } = parsed.output;
    if (vocab_size < 1) issues.push(`vocab_size: got ${vocab_size}, takes a whole number of at least 1`);
    if (n_embd % n_head !== 0) issues.push(`n_head: got ${n_head}, takes a divisor of n_embd = ${n_embd}`);
  }
  if (issues.length > 0 || !parsed.success) {
    throw new LabError({
      code: 'config.invalid',
      message: 'config.json has fields that the lab cannot use.',
      why: issues.join('; '),
      details: issues.join('\n'),
    });
  }
  return parsed.output;
}

/** config.json as transformers writes it for this model: sorted keys, two spaces, a newline at the end. */
export function gpt2ConfigJson(config: Gpt2Config): string {
  return sortedJson({
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
  });
}

function parseObject(text: string): ReadonlyMap<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LabError(
      {
        code: 'config.invalid',
        message: 'config.json is not JSON.',
        why: cause instanceof Error ? cause.message : String(cause),
      },
      { cause },
    );
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new LabError({
      code: 'config.invalid',
      message: 'config.json is not a JSON object.',
      why: `It holds ${shown(json)}.`,
    });
  }
  return new Map<string, unknown>(Object.entries(json));
}

function unsupported(message: string, why: string): LabError {
  return new LabError({ code: 'model.unsupported', message, why });
}

// Parameter counts of published models, as transformers counts them, from the fields of their config.json files.

import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import { shapeFromHuggingFace, supportedArchitectures } from './hfConfig';
import { modelPresets } from './modelPresets';
import { totalParameters } from './transformerShape';

const encoder = { hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072 };
const cases: readonly (readonly [string, object, number])[] = [
  [
    'gpt2',
    { model_type: 'gpt2', vocab_size: 50257, n_positions: 1024, n_embd: 768, n_layer: 12, n_head: 12 },
    124_439_808,
  ],
  [
    'bert-base-uncased with its masked-token head',
    { model_type: 'bert', ...encoder, vocab_size: 30522, max_position_embeddings: 512, type_vocab_size: 2 },
    109_514_298,
  ],
  [
    'roberta-base with its masked-token head',
    { model_type: 'roberta', ...encoder, vocab_size: 50265, max_position_embeddings: 514, type_vocab_size: 1 },
    124_697_433,
  ],
  [
    'distilbert-base-uncased with its masked-token head',
    {
      ...{ model_type: 'distilbert', vocab_size: 30522, max_position_embeddings: 512 },
      ...{ dim: 768, n_layers: 6, n_heads: 12, hidden_dim: 3072 },
    },
    66_985_530,
  ],
  [
    'Llama-3.1-8B',
    {
      ...{ model_type: 'llama', vocab_size: 128256, hidden_size: 4096, num_hidden_layers: 32 },
      ...{ num_attention_heads: 32, num_key_value_heads: 8, intermediate_size: 14336, tie_word_embeddings: false },
    },
    8_030_261_248,
  ],
  [
    'Mistral-7B-v0.1',
    {
      ...{ model_type: 'mistral', vocab_size: 32000, hidden_size: 4096, num_hidden_layers: 32 },
      ...{ num_attention_heads: 32, num_key_value_heads: 8, intermediate_size: 14336 },
    },
    7_241_732_096,
  ],
  [
    'Qwen2-7B',
    {
      ...{ model_type: 'qwen2', vocab_size: 152064, hidden_size: 3584, num_hidden_layers: 28 },
      ...{ num_attention_heads: 28, num_key_value_heads: 4, intermediate_size: 18944, tie_word_embeddings: false },
    },
    7_615_616_512,
  ],
  [
    'Qwen3-0.6B',
    {
      ...{ model_type: 'qwen3', vocab_size: 151936, hidden_size: 1024, num_hidden_layers: 28, head_dim: 128 },
      ...{ num_attention_heads: 16, num_key_value_heads: 8, intermediate_size: 3072, tie_word_embeddings: true },
    },
    596_049_920,
  ],
  [
    'gemma-2b',
    {
      ...{ model_type: 'gemma', vocab_size: 256000, hidden_size: 2048, num_hidden_layers: 18, head_dim: 256 },
      ...{ num_attention_heads: 8, num_key_value_heads: 1, intermediate_size: 16384 },
    },
    2_506_172_416,
  ],
  [
    'gemma-2-2b',
    {
      ...{ model_type: 'gemma2', vocab_size: 256000, hidden_size: 2304, num_hidden_layers: 26, head_dim: 256 },
      ...{ num_attention_heads: 8, num_key_value_heads: 4, intermediate_size: 9216 },
    },
    2_614_341_888,
  ],
  ['pythia-160m', { model_type: 'gpt_neox', ...encoder, vocab_size: 50304 }, 162_322_944],
  [
    'phi-2',
    {
      ...{ model_type: 'phi', vocab_size: 51200, hidden_size: 2560, num_hidden_layers: 32 },
      ...{ num_attention_heads: 32, intermediate_size: 10240 },
    },
    2_779_683_840,
  ],
];

test.each(cases)('%s', (_name, config, parameters) => {
  expect(totalParameters(shapeFromHuggingFace(config))).toBe(parameters);
});

test('presets have their published sizes', () => {
  const sizes = modelPresets.map(({ id, shape }) => [id, Number((totalParameters(shape) / 1e9).toPrecision(4))]);
  expect(Object.fromEntries(sizes)).toEqual({
    gpt2: 0.1244,
    'bert-base': 0.1095,
    'llama-3.1-8b': 8.03,
    'llama-3.1-70b': 70.55,
    'llama-3.1-405b': 405.9,
    'gpt3-175b': 174.6,
    'megatron-1t': 1008,
  });
});

function refusal(config: unknown): LabError {
  try {
    shapeFromHuggingFace(config);
  } catch (error) {
    if (error instanceof LabError) return error;
  }
  throw new Error('it was taken');
}

describe('what cannot be planned is refused by name', () => {
  test('no config.json', () => {
    expect(refusal([]).message).toMatch(/no model_type/);
    expect(refusal({ hidden_size: 3 }).advice).toContain('llama');
  });
  test('an unknown architecture: what is supported', () => {
    const error = refusal({ model_type: 'mamba' });
    expect(error.code).toBe('model.unsupported');
    for (const name of supportedArchitectures) expect(error.advice).toContain(name);
    expect(refusal({ model_type: 'constructor' }).code).toBe('model.unsupported');
  });
  test('a missing or wrong field', () => {
    const config = { ...cases[0][1], n_layer: undefined };
    expect(refusal(config).message).toContain('n_layer');
    expect(refusal({ ...cases[0][1], n_embd: '768' }).message).toContain('n_embd');
    expect(refusal({ ...cases[0][1], n_head: 7 }).why).toContain('divisor of the width 768');
    expect(refusal({ ...cases[4][1], num_key_value_heads: 5 }).message).toContain('num_key_value_heads');
  });
  test('experts', () => {
    expect(refusal({ ...cases[5][1], num_local_experts: 8 }).message).toContain('mixtures of experts');
  });
});

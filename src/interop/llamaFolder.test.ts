// Folders of Llama and its relatives: what transformers wrote is read and comes back, in either of its ways to write rotary positions; what the
// lab does not compute is refused by name.

import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { modelShapes } from '../model/shapes/modelShapes';
import { goldenFile } from '../testing/goldenFile';
import { tinyLlamas } from '../testing/tinyLlama';
import { readModelConfig } from './modelConfigJson';
import { modelFiles } from './modelFiles';
import { readModelFolder } from './modelFolder';
import { writeModelFolder } from './modelFolderWriter';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';
import { sortedJson } from './sortedJson';

const configJson = (config: ModelConfig) => sortedJson(modelFiles(config).configJson);
const read = (fields: object) => readModelConfig(JSON.stringify(fields));

function refusal(fields: object): string {
  try {
    read(fields);
  } catch (error) {
    if (error instanceof LabError) return `${error.code}: ${error.message} ${error.why}`;
    throw error;
  }
  throw new Error('the config was accepted');
}

test('the golden folder: read, written, read, written, byte-equal, with the config that transformers wrote', () => {
  const names = ['config.json', 'model.safetensors'];
  const files = names.flatMap((name): NamedFile[] => {
    const bytes = goldenFile(`llama-gqa/${name}`);
    return bytes === null ? [] : [{ name, bytes }];
  });
  if (files.length < 2) return;
  const folder = readModelFolder(files);
  const written = writeModelFolder(folder.config, folder.tensors, null);
  const again = readModelFolder(written);
  expect(again.config).toEqual(folder.config);
  expect(writeModelFolder(again.config, again.tensors, null)).toEqual(written);
  const json = (list: readonly NamedFile[]): Record<string, unknown> =>
    JSON.parse(new TextDecoder().decode(list.find(({ name }) => name === 'config.json')?.bytes));
  const { transformers_version: _, pretraining_tp: __, bos_token_id: ___, eos_token_id: ____, ...theirs } = json(files);
  expect(json(written)).toMatchObject(theirs);
});

describe.each(tinyLlamas)('%s', (_, config) => {
  test('config.json comes back, and is written alike', () => {
    const text = configJson(config);
    const again = readModelConfig(text);
    expect(configJson(again)).toBe(text);
    expect(modelShapes(again).parameters).toEqual(modelShapes(config).parameters);
    expect(readModelConfig(configJson(again))).toEqual(again);
  });

  test('weights come back under names without the prefix too, without the frequencies of older files', () => {
    const tensors = new Map(
      modelShapes(config).parameters.map(({ name, shape }, index) => {
        const size = shape.reduce((product, dim) => product * dim, 1);
        return [name, float32Tensor(shape, new Float32Array(size).fill(index))] as const;
      }),
    );
    const bare = new Map([...tensors].map(([name, tensor]) => [name.replace(/^model\./, ''), tensor]));
    bare.set('layers.0.self_attn.rotary_emb.inv_freq', float32Tensor([3], new Float32Array(3)));
    const folder = readModelFolder([
      { name: 'config.json', bytes: new TextEncoder().encode(configJson(config)) },
      { name: 'model.safetensors', bytes: writeSafetensors(bare) },
    ]);
    expect([...folder.tensors.keys()]).toEqual([...tensors.keys()]);
  });
});

describe('readModelConfig', () => {
  test("what is left out takes transformers' defaults of the family", () => {
    expect(read({ model_type: 'llama' })).toMatchObject({ vocab_size: 32_000, num_key_value_heads: null });
    expect(read({ model_type: 'qwen3', num_key_value_heads: 8 })).toMatchObject({ head_dim: 128, vocab_size: 151_936 });
    expect(read({ model_type: 'qwen2' })).toMatchObject({ use_sliding_window: false, max_window_layers: 28 });
    expect(read({ model_type: 'mistral' })).toMatchObject({ num_key_value_heads: 8, sliding_window: 4096 });
    // null is no window, not the default one.
    expect(read({ model_type: 'mistral', sliding_window: null })).toMatchObject({ sliding_window: null });
  });

  test('rotary positions as transformers 5 and 4 write them', () => {
    const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
    const expected = {
      rope_theta: 500_000,
      rope_type: 'llama3',
      rope_factor: 8,
      rope_low_freq_factor: 1,
      rope_high_freq_factor: 4,
      rope_original_positions: 8192,
    };
    const five = { rope_parameters: { ...scaling, rope_theta: 500_000, rope_type: 'llama3' } };
    expect(read({ model_type: 'llama', ...five })).toMatchObject(expected);
    const four = { rope_theta: 500_000, rope_scaling: { ...scaling, rope_type: 'llama3' } };
    expect(read({ model_type: 'llama', ...four })).toMatchObject(expected);
    const old = { rope_scaling: { type: 'linear', factor: 2 } };
    expect(read({ model_type: 'llama', ...old })).toMatchObject({ rope_type: 'linear', rope_factor: 2 });
    expect(read({ model_type: 'llama', rope_scaling: null })).toMatchObject({ rope_type: 'default' });
  });

  test.each([
    [{ rope_scaling: { rope_type: 'yarn', factor: 4 } }, /model.unsupported.*"yarn".*default, linear, llama3/],
    [{ rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } }, /partial_rotary_factor to 0.5/],
    [{ rope_parameters: { full_attention: { rope_theta: 1 } } }, /rope_parameters.full_attention/],
    [{ rope_scaling: { rope_type: 'llama3', high_freq_factor: 1 } }, /rope_high_freq_factor: got 1, takes above/],
    [{ hidden_act: 'gelu' }, /hidden_act to "gelu"/],
    [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor to 0.5/],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, /layer 1 the type "sliding_attention"/],
    [{ model_type: 'qwen2', layer_types: ['chunked_attention'] }, /layer 0 the type "chunked_attention"/],
    [{ num_key_value_heads: 5 }, /num_key_value_heads: got 5, takes a divisor of num_attention_heads = 32/],
    [{ head_dim: 5 }, /head_dim: got 5, takes an even number/],
    [{ model_type: 'qwen3_moe' }, /"qwen3_moe".*gpt2.*llama, qwen2, qwen3, mistral/],
    [{ architectures: ['LlamaForSequenceClassification'] }, /"LlamaForSequenceClassification".*LlamaForCausalLM/],
    [{ quantization_config: { bits: 4 } }, /quantization_config/],
  ])('%j is refused by name', (fields, message) => {
    expect(refusal({ model_type: 'llama', ...fields })).toMatch(message);
  });
});

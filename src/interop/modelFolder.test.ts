// GPT-2 folders: what transformers wrote is read and comes back; what does not fit is listed and refused whole.

import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import { type Gpt2Config, gpt2ConfigSchema } from '../core/models/gpt2';
import type { NamedFile } from '../core/records';
import { modelShapes } from '../model/shapes/modelShapes';
import { goldenFile } from '../testing/goldenFile';
import { modelFiles } from './modelFiles';
import { type Float32Parameter, readModelFolder } from './modelFolder';
import { writeModelFolder } from './modelFolderWriter';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';

const config: Gpt2Config = {
  ...v.parse(gpt2ConfigSchema, { model_type: 'gpt2' }),
  vocab_size: 11,
  n_positions: 5,
  n_embd: 4,
  n_layer: 2,
  n_head: 2,
  n_inner: 12,
};

function weights(of: Gpt2Config = config): Map<string, Float32Parameter> {
  return new Map(
    modelShapes(of).parameters.map(({ name, shape }, index) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, (_, i) => index + i / 64) }];
    }),
  );
}
const text = (name: string, content: unknown): NamedFile => ({
  name,
  bytes: new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
});
const model = (tensors: ReadonlyMap<string, Float32Parameter>, name = 'model.safetensors'): NamedFile => ({
  name,
  bytes: writeSafetensors(new Map([...tensors].map(([key, { shape, data }]) => [key, float32Tensor(shape, data)]))),
});
const configFile = (of: Gpt2Config = config): NamedFile => text('config.json', modelFiles(of).configJson);

function refusal(files: readonly NamedFile[]): LabError {
  try {
    readModelFolder(files);
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('the folder was accepted');
}

describe('readModelFolder and writeModelFolder', () => {
  test.each(['gpt2', 'gpt2-4layer'])('the golden folder %s: read, written, read, the weights byte-equal', (name) => {
    const names = ['config.json', 'model.safetensors'];
    const files = names.flatMap((file): NamedFile[] => {
      const bytes = goldenFile(`${name}/${file}`);
      return bytes === null ? [] : [{ name: file, bytes }];
    });
    if (files.length < 2) return;
    const folder = readModelFolder(files);
    expect(folder.tokenizerJson).toBeNull();
    expect(folder.nonFinite).toBe(0);
    const written = writeModelFolder(folder.config, folder.tensors, '{}');
    expect(written.map((file) => file.name)).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(Buffer.compare(written[2].bytes, files[1].bytes)).toBe(0);
    expect(readModelFolder(written).config).toEqual(folder.config);
    writeModelFolder(folder.config, folder.tensors, '{}').forEach((file, i) => {
      expect(Buffer.compare(file.bytes, written[i].bytes)).toBe(0);
    });
    const theirs: object = JSON.parse(new TextDecoder().decode(files[0].bytes));
    const ours: object = JSON.parse(new TextDecoder().decode(written[0].bytes));
    const special = { bos_token_id: null, eos_token_id: null };
    expect({ ...ours, transformers_version: '5.17.0' }).toEqual({ ...theirs, ...special });
  });

  test('takes names without prefix, mask buffers of any type, a repeated tied head, an untied head', () => {
    const bare = new Map([...weights()].map(([name, tensor]) => [name.replace(/^transformer\./, ''), tensor]));
    bare.set('h.0.attn.bias', { shape: [1, 1, 5, 5], data: new Float32Array(25) });
    bare.set('h.1.attn.masked_bias', { shape: [], data: new Float32Array(1) });
    const wte = weights().get('transformer.wte.weight');
    if (wte !== undefined) bare.set('lm_head.weight', wte);
    expect(new Map(readModelFolder([configFile(), model(bare)]).tensors)).toEqual(weights());
    const untied = { ...config, tie_word_embeddings: false };
    expect(new Map(readModelFolder(writeModelFolder(untied, weights(untied), null)).tensors)).toEqual(weights(untied));
  });

  test('row 44: non-finite weights load with their count', () => {
    const tensors = weights();
    tensors.set('transformer.ln_f.bias', { shape: [4], data: Float32Array.of(0, Number.NaN, Infinity, 1) });
    expect(readModelFolder([configFile(), model(tensors)]).nonFinite).toBe(2);
  });

  test('row 45: missing, extra, transposed, wrongly shaped and untied tensors are all listed', () => {
    const tensors = weights();
    tensors.delete('transformer.ln_f.bias');
    tensors.set('transformer.h.2.ln_1.bias', { shape: [4], data: new Float32Array(4) });
    tensors.set('transformer.h.0.mlp.c_fc.weight', { shape: [12, 4], data: new Float32Array(48) });
    tensors.set('transformer.wpe.weight', { shape: [6, 4], data: new Float32Array(24) });
    tensors.set('lm_head.weight', { shape: [11, 4], data: new Float32Array(44) });
    const error = refusal([configFile(), model(tensors)]);
    expect(error.code).toBe('model.mismatch');
    expect(error.details?.split('\n').sort()).toEqual([
      'different: lm_head.weight is not transformer.wte.weight, but config.json ties them (tie_word_embeddings)',
      'extra: transformer.h.2.ln_1.bias [4]',
      'missing: transformer.ln_f.bias [4]',
      'shape: transformer.wpe.weight is [6, 4], needs [5, 4]',
      "transposed: transformer.h.0.mlp.c_fc.weight is [12, 4], needs [4, 12] ([in, out], as GPT-2's Conv1D has it)",
    ]);
  });

  test.each([
    [{ n_layer: 0 }, 'config.invalid', /n_layer: got 0, takes a whole number from 1 to 512/],
    [{ n_embd: 1e9 }, 'config.invalid', /n_embd: got 1000000000/],
    [{ n_head: 3, n_embd: 64 }, 'config.invalid', /n_head: got 3, takes a divisor of n_embd = 64/],
    [{ vocab_size: '50257' }, 'config.invalid', /vocab_size: got "50257"/],
    [{ vocab_size: 0 }, 'config.invalid', /vocab_size: got 0/],
    [{ activation_function: 'mish' }, 'config.invalid', /activation_function: got "mish"/],
    [{ model_type: 'mamba' }, 'model.unsupported', /"mamba"/],
    [{ model_type: undefined }, 'model.unsupported', /null/],
    [{ architectures: ['GPT2ForSequenceClassification'] }, 'model.unsupported', /GPT2ForSequenceClassification/],
    [{ scale_attn_by_inverse_layer_idx: true }, 'model.unsupported', /scale_attn_by_inverse_layer_idx/],
    [{ scale_attn_weights: false }, 'model.unsupported', /scale_attn_weights/],
    [{ reorder_and_upcast_attn: true }, 'model.unsupported', /reorder_and_upcast_attn/],
    [{ add_cross_attention: true }, 'model.unsupported', /add_cross_attention/],
    [{ quantization_config: { bits: 4 } }, 'model.unsupported', /quantization_config/],
  ])('row 46: config.json with %j is refused by field', (fields, code, message) => {
    const error = refusal([text('config.json', { model_type: 'gpt2', ...fields })]);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.why}`).toMatch(message);
  });

  test('row 46: config.json that is not JSON or no object, and a vocabulary that the weights do not have', () => {
    for (const content of ['{', '[]', 'null', '"x"'])
      expect(refusal([text('config.json', content)]).code).toBe('config.invalid');
    expect(refusal([configFile({ ...config, vocab_size: 12 }), model(weights())]).details).toBe(
      'shape: transformer.wte.weight is [11, 4], needs [12, 4]',
    );
  });

  test('row 47: shards are read; a missing one, paths, addresses and a million of them are refused', () => {
    const all = [...weights()];
    const shards = [all.slice(0, 9), all.slice(9)].map((part, i) => model(new Map(part), `model-${i}.safetensors`));
    const map = (name: (i: number) => string): NamedFile =>
      text('model.safetensors.index.json', {
        weight_map: Object.fromEntries(all.map(([tensor], i) => [tensor, name(i)])),
      });
    const index = map((i) => `model-${i < 9 ? 0 : 1}.safetensors`);
    expect(new Map(readModelFolder([configFile(), index, ...shards]).tensors)).toEqual(weights());
    expect(refusal([configFile(), index, shards[0]]).why).toContain('model-1.safetensors');
    expect(refusal([configFile(), map(() => 'model-0.safetensors'), ...shards]).message).toContain('is not in model-0');
    for (const name of [
      '../model-0.safetensors',
      'https://example.com/a.safetensors',
      '/etc/a.safetensors',
      'a\\b.safetensors',
      '.safetensors',
      'a.bin',
    ]) {
      expect(refusal([configFile(), map(() => name), ...shards]).message).toContain('bad file name');
    }
    const million = text(
      'model.safetensors.index.json',
      `{"weight_map":{${Array.from({ length: 1_000_000 }, (_, i) => `"t${i}":"s${i}.safetensors"`).join(',')}}}`,
    );
    expect(refusal([configFile(), million]).message).toContain('too large');
    const many = {
      weight_map: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`t${i}`, `s${i}.safetensors`])),
    };
    expect(refusal([configFile(), text('model.safetensors.index.json', many)]).message).toContain('1001 files');
    expect(
      refusal([configFile(), text('model.safetensors.index.json', '{"weight_map":{"a":"b","a":"c"}}')]).why,
    ).toContain('duplicate name "a"');
    for (const content of ['{', '{}', '{"weight_map":[]}', '{"weight_map":{"a":1}}'])
      expect(refusal([configFile(), text('model.safetensors.index.json', content)]).code).toBe('safetensors.invalid');
  });

  test('row 48: a folder with a pickle instead is explained; without weights or config, said', () => {
    expect(refusal([configFile(), text('pytorch_model.bin', 'PK\u0003\u0004...')]).message).toContain('zip archive');
    expect(refusal([configFile()]).message).toContain('neither');
    expect(refusal([]).message).toContain('no config.json');
    expect(refusal([configFile(), configFile(), model(weights())]).message).toContain('two files named config.json');
  });
});

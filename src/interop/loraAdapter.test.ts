// Adapters as PEFT saves them, beside a base model: merged they are W + scale B A, in either direction of a weight; anything else is refused.

import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import { type LoraConfig, noLora } from '../core/loraConfig';
import type { ModelConfig } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { mergeAdapters } from '../model/mergeAdapters';
import { adapterShapes } from '../model/shapes/adapterShapes';
import { modelShapes } from '../model/shapes/modelShapes';
import { linear } from '../reference/linear';
import { randomValues } from '../testing/randomValues';
import { tinyLlamas } from '../testing/tinyLlama';
import { tinyModel } from '../testing/tinyRun';
import { adapterFiles } from './loraWriter';
import { readModelFolder } from './modelFolder';
import { writeModelFolder } from './modelFolderWriter';
import { readSafetensors } from './safetensors';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';

const RANK = 2;
const floats = (name: string, count: number) => Float32Array.from(randomValues(name, count));
const [[, llama]] = tinyLlamas;

function baseFiles(config: ModelConfig): readonly NamedFile[] {
  const tensors = modelShapes(config).parameters.map(({ name, shape }) => {
    const count = shape.reduce((product, dim) => product * dim, 1);
    return [name, { shape, data: floats(name, count) }] as const;
  });
  return writeModelFolder(config, new Map(tensors), null);
}

function adapter(modules: readonly (readonly [string, inputs: number, outputs: number])[], fields: object = {}) {
  const tensors = new Map(
    modules.flatMap(([module, inputs, outputs]) => [
      [`base_model.model.${module}.lora_A.weight`, float32Tensor([RANK, inputs], floats(`A ${module}`, RANK * inputs))],
      [
        `base_model.model.${module}.lora_B.weight`,
        float32Tensor([outputs, RANK], floats(`B ${module}`, RANK * outputs)),
      ],
    ]),
  );
  const json = { peft_type: 'LORA', r: RANK, lora_alpha: 6, bias: 'none', modules_to_save: null, ...fields };
  return [
    { name: 'adapter_config.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
    { name: 'adapter_model.safetensors', bytes: writeSafetensors(tensors) },
  ];
}

/** What the layer gives with the adapter beside it, and with the adapter merged into it. */
function outputs(config: ModelConfig, module: string, inFeatures: number, outFeatures: number, fields: object = {}) {
  const files = baseFiles(config);
  const before = readModelFolder(files).tensors;
  const after = readModelFolder([...files, ...adapter([[module, inFeatures, outFeatures]], fields)]).tensors;
  const layout = config.model_type === 'gpt2' ? ('inOut' as const) : ('outIn' as const);
  const shape = { rows: 3, inFeatures, outFeatures, layout };
  const weight = (from: typeof before) => Float64Array.from(from.get(`${module}.weight`)?.data ?? []);
  const wide = (name: string, count: number) => Float64Array.from(floats(`${name} ${module}`, count));
  const x = randomValues('x', 3 * inFeatures);
  const low = linear({ rows: 3, inFeatures, outFeatures: RANK, layout: 'outIn' }, x, wide('A', RANK * inFeatures));
  const high = linear({ ...shape, inFeatures: RANK, layout: 'outIn' }, low, wide('B', RANK * outFeatures));
  const unchanged = [...before].filter(([name]) => name !== `${module}.weight`);
  for (const [name, { data }] of unchanged) expect(after.get(name)?.data, name).toEqual(data);
  return { beside: linear(shape, x, weight(before)), added: high, merged: linear(shape, x, weight(after)) };
}

describe('an adapter beside its base model', () => {
  test.each([
    ['Linear', llama, 'model.layers.1.self_attn.q_proj', 10, 24, {}, 6 / RANK],
    ['Conv1D', tinyModel, 'transformer.h.0.attn.c_attn', 8, 24, { fan_in_fan_out: true }, 6 / RANK],
    ['a square Conv1D', tinyModel, 'transformer.h.1.attn.c_proj', 8, 8, {}, 6 / RANK],
    ['rank-stabilised', llama, 'model.layers.0.mlp.down_proj', 7, 10, { use_rslora: true }, 6 / Math.sqrt(RANK)],
  ] as const)(
    '%s: merged, the layer gives what it gave beside the adapter',
    (_, config, module, from, to, fields, scale) => {
      const { beside, added, merged } = outputs(config, module, from, to, fields);
      for (const [i, value] of merged.entries()) expect(value).toBeCloseTo(beside[i] + scale * added[i], 4);
      expect(Math.max(...added.map(Math.abs))).toBeGreaterThan(0.1);
    },
  );

  test.each([
    [{ use_dora: true }, [['model.norm', 1, 1]], /model.unsupported.*use_dora/],
    [{ peft_type: 'IA3' }, [['model.norm', 1, 1]], /model.unsupported.*"IA3"/],
    [{ modules_to_save: ['lm_head'] }, [['model.norm', 1, 1]], /modules_to_save/],
    [{ lora_alpha: 'x' }, [['model.norm', 1, 1]], /config.invalid.*lora_alpha/],
    [{}, [['model.layers.9.self_attn.q_proj', 10, 24]], /model.mismatch.*layers.9/],
    [{}, [['model.layers.0.self_attn.q_proj', 10, 23]], /model.mismatch.*\[2,10\] and \[23,2\]/],
  ] as const)('%j of %j is refused by name', (fields, modules, message) => {
    try {
      readModelFolder([...baseFiles(llama), ...adapter(modules, fields)]);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      expect(`${error.code}: ${error.message} ${error.why ?? ''}`).toMatch(message);
      return;
    }
    throw new Error('the adapter was accepted');
  });
});

describe('an adapter that was trained here', () => {
  test.each([
    ['Conv1D', tinyModel, { r: 3, target_modules: 'c_attn,mlp.c_proj' }],
    ['every layer of Llama, rank-stabilised', llama, { r: 2, use_rslora: true }],
  ] as const)(
    '%s: written and read again beside its base model, it is what merging it gives',
    async (_, config, changes) => {
      const lora: LoraConfig = { ...noLora, lora_alpha: 5, ...changes };
      const adapters = new Map(
        adapterShapes(config, lora).map(({ name, shape }) => [name, floats(name, shape[0] * shape[1])]),
      );
      const files = baseFiles(config);
      const base = new Map([...readModelFolder(files).tensors].map(([name, { data }]) => [name, data]));
      const written = adapterFiles(config, lora, adapters);
      const read = readModelFolder([...files, ...written]).tensors;
      const merged = await mergeAdapters(config, lora, base, adapters);
      expect(merged.size).toBe(read.size);
      for (const [name, { data }] of read) expect(merged.get(name), name).toEqual(data);
      expect([...merged].filter(([name, data]) => base.get(name) !== data)).toHaveLength(adapters.size / 2);
      expect(adapterFiles(config, lora, adapters)).toEqual(written);
    },
  );

  test('has the names, shapes and fields that PEFT reads', () => {
    const lora: LoraConfig = { ...noLora, r: 2, lora_alpha: 4 };
    const adapters = new Map(
      adapterShapes(tinyModel, lora).map(({ name, shape }) => [name, floats(name, shape[0] * shape[1])]),
    );
    const [config, weights] = adapterFiles(tinyModel, lora, adapters);
    const { tensors } = readSafetensors(weights.bytes);
    expect(tensors.size).toBe(2 * 4 * 2);
    expect(tensors.get('base_model.model.transformer.h.1.mlp.c_fc.lora_A.weight')?.shape).toEqual([2, 8]);
    expect(tensors.get('base_model.model.transformer.h.1.mlp.c_fc.lora_B.weight')?.shape).toEqual([32, 2]);
    expect(JSON.parse(new TextDecoder().decode(config.bytes))).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      r: 2,
      lora_alpha: 4,
      lora_dropout: 0,
      bias: 'none',
      fan_in_fan_out: true,
      use_rslora: false,
      target_modules: ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'],
      modules_to_save: null,
    });
    adapters.delete('transformer.h.0.attn.c_attn.lora_A.weight');
    expect(() => adapterFiles(tinyModel, lora, adapters)).toThrow(/c_attn.lora_A.weight is missing/);
  });
});

// What the page learns of a folder that is dropped on it: rounded weights, an adapter beside its base model, what ranks held.

import { expect, test } from 'vitest';
import { noLora } from '../core/loraConfig';
import { quantizeMatrix } from '../core/quantization/quantizeMatrix';
import type { NamedFile } from '../core/records';
import { adapterFiles } from '../interop/loraWriter';
import { writeModelFolder } from '../interop/modelFolderWriter';
import { quantizedWeightsFile } from '../interop/quantizedFolder';
import { writeRankShards } from '../interop/rankShards';
import { initialWeights } from '../model/initialize';
import { adapterShapes } from '../model/shapes/adapterShapes';
import { modelShapes, parameterCount } from '../model/shapes/modelShapes';
import { tinyModel } from '../testing/tinyRun';
import { importApi } from './importHost';

const { parameters } = modelShapes(tinyModel);
const weights = initialWeights(tinyModel, 1);
const folder = writeModelFolder(
  tinyModel,
  new Map(parameters.map(({ name, shape }) => [name, { shape, data: weights.get(name) ?? new Float32Array(0) }])),
  null,
);
const around = folder.filter(({ name }) => !name.endsWith('.safetensors'));

const read = (files: readonly NamedFile[]) => importApi.readModel(structuredClone(files), () => undefined);

test('rounded weights are named by their scheme and counted whole', async () => {
  const plain = new Map(weights);
  const name = 'transformer.h.0.mlp.c_fc.weight';
  const values = weights.get(name) ?? new Float32Array(0);
  plain.delete(name);
  const scheme = { name: 'int8' } as const;
  const rounded = quantizeMatrix({ name, values, outputs: 32, inputs: 8, transposed: true }, scheme);
  const model = { scheme, plain, quantized: new Map([[name, { ...rounded, transposed: true }]]) };
  const { summary, config, files } = await read([...around, quantizedWeightsFile(tinyModel, model)]);
  expect(config).toEqual(tinyModel);
  expect(files.map((file) => file.name)).toContain('model.safetensors');
  expect(summary).toMatchObject({
    quantized: 'int8 per output channel',
    nonFinite: 0,
    parameterCount: parameterCount(tinyModel),
  });
  expect(summary.dtypes).toEqual([
    { dtype: 'int8 per output channel', parameters: 256 },
    { dtype: 'F32', parameters: parameterCount(tinyModel) - 256 },
  ]);
  expect((await read(folder)).summary.quantized).toBeNull();
});

test('adapters and rank files come with the folder that they belong to', async () => {
  const lora = { ...noLora, r: 1 };
  const adapters = new Map(
    adapterShapes(tinyModel, lora).map(({ name, shape }) => [name, new Float32Array(shape[0] * shape[1]).fill(0.1)]),
  );
  const beside = await read([...folder, ...adapterFiles(tinyModel, lora, adapters)]);
  expect(beside.files.map(({ name }) => name)).toContain('adapter_model.safetensors');
  const held = writeRankShards({
    mesh: { dp: 1, pp: 1, tp: 1 },
    zero: 0,
    tensors: new Map(parameters.map(({ name, shape, placement }) => [name, { shape, placement }])),
    ranks: [
      {
        at: { dp: 0, pp: 0, tp: 0 },
        stages: [0],
        pieces: [...weights].map(([name, values]) => ({ name, start: 0, values })),
      },
    ],
  });
  const set = await read([...around, ...held]);
  expect(set.summary.parameterCount).toBe(parameterCount(tinyModel));
  expect(set.files.map(({ name }) => name)).toContain('shards.json');
});

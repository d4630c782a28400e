// Quantised folders: what is written comes back bit by bit and is written again with the same bytes; what does not fit is refused by name.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { type Gpt2Config, gpt2ConfigSchema } from '../core/models/gpt2';
import type { QuantizedModel, QuantizedParameter } from '../core/quantization/quantizedModel';
import { quantizeMatrix } from '../core/quantization/quantizeMatrix';
import type { QuantizationScheme } from '../core/quantization/scheme';
import type { NamedFile } from '../core/records';
import { fillNormal } from '../core/rng';
import { modelShapes } from '../model/shapes/modelShapes';
import { writeModelFolder } from './modelFolderWriter';
import { quantizedWeightsFile, readQuantizedFolder } from './quantizedFolder';

const config: Gpt2Config = {
  ...v.parse(gpt2ConfigSchema, { model_type: 'gpt2' }),
  vocab_size: 11,
  n_positions: 5,
  n_embd: 6,
  n_layer: 1,
  n_head: 2,
};

function modelOf(scheme: QuantizationScheme): QuantizedModel {
  const quantized = new Map<string, QuantizedParameter>();
  const plain = new Map<string, Float32Array>();
  for (const { name, shape } of modelShapes(config).parameters) {
    const values = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
    fillNormal(values, 2, name, 0.1);
    const conv1d = name.includes('.c_');
    if (shape.length < 2 || name.includes('wpe')) plain.set(name, values);
    else {
      const [outputs, inputs] = conv1d ? [shape[1], shape[0]] : [shape[0], shape[1]];
      const { layout, words, scales } = quantizeMatrix({ name, values, outputs, inputs, transposed: conv1d }, scheme);
      quantized.set(name, { layout, words, scales, transposed: conv1d });
    }
  }
  return { scheme, quantized, plain };
}

function folderOf(model: QuantizedModel): NamedFile[] {
  const zeros = new Map(
    modelShapes(config).parameters.map(({ name, shape }) => [
      name,
      { shape, data: new Float32Array(shape.reduce((product, dim) => product * dim, 1)) },
    ]),
  );
  const around = writeModelFolder(config, zeros, null).filter(({ name }) => name !== 'model.safetensors');
  return [...around, quantizedWeightsFile(config, model)];
}

test.each([{ name: 'int8' }, { name: 'int4', group: 64 }] as const)('%o: written, read, written', (scheme) => {
  const model = modelOf(scheme);
  const files = folderOf(model);
  const read = readQuantizedFolder(files);
  expect(read?.model).toEqual(model);
  expect(read && quantizedWeightsFile(read.config, read.model).bytes).toEqual(files.at(-1)?.bytes);
});

test('a folder that is not quantised is left to its own reader; one of another model is refused', () => {
  const files = folderOf(modelOf({ name: 'int8' }));
  expect(readQuantizedFolder(files.slice(0, -1))).toBeNull();
  const wider = files.map((file) =>
    file.name === 'config.json'
      ? {
          ...file,
          bytes: new TextEncoder().encode(
            new TextDecoder().decode(file.bytes).replace('"vocab_size": 11', '"vocab_size": 12'),
          ),
        }
      : file,
  );
  expect(() => readQuantizedFolder(wider)).toThrow(/transformer.wte.weight do not fit config.json/);
});

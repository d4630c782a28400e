// What the commands take that check this device and train on it: adapter, verify, conformance, train, scene.

import { sceneNames, sceneSizes } from '../../../src/core/sceneRecords';
import type { CommandSpec } from './commandSpec';
import { dtype, maxShardSize, meshOptions, seed, whole } from './sharedOptions';

export const trainingCommands: readonly CommandSpec[] = [
  { name: 'adapter', options: [], help: 'the adapter: its name, limits and features, and whether it is software' },
  {
    name: 'verify',
    options: [{ name: 'only', kind: 'text', placeholder: 'X', help: 'only kernels whose name contains X' }],
    help: 'every kernel variant against its reference, on this device',
  },
  {
    name: 'conformance',
    positional: { name: 'DIR', required: true },
    options: [...meshOptions, seed],
    help: 'a Hugging Face folder with io.safetensors and expect.json, against what they say',
  },
  {
    name: 'train',
    positional: { name: 'CONFIG_OR_PRESET', required: true },
    options: [
      { name: 'steps', kind: 'number', placeholder: 'N', range: whole(1, 10_000_000), help: 'optimiser steps' },
      seed,
      ...meshOptions,
      {
        name: 'lora',
        kind: 'text',
        placeholder: 'r=8,alpha=16,targets=c_attn',
        help: 'train adapters of rank r alone, beside the layers whose names end so; all-linear if left out',
      },
      {
        name: 'from',
        kind: 'text',
        placeholder: 'DIR',
        help: 'begin with a Hugging Face folder: its model, its weights, and its tokenizer unless the configuration names another; model.architecture may put another head on an encoder',
      },
      { name: 'out', kind: 'text', placeholder: 'DIR', help: 'write a Hugging Face folder and the metrics there' },
      dtype('f32'),
      maxShardSize,
      {
        name: 'shards',
        kind: 'flag',
        help: 'of a mesh: write what each rank holds, and shards.json, in place of whole weights',
      },
      { name: 'force', kind: 'flag', help: 'write into DIR even if it holds something' },
      {
        name: 'text',
        kind: 'text',
        placeholder: 'FILE',
        help: "the text, for data.corpus 'text', or JSON lines for 'records'",
      },
      { name: 'tokenizer', kind: 'text', placeholder: 'FILE', help: "a tokenizer.json, for data.tokenizer 'json'" },
    ],
    help: 'trains a preset, or the configuration in a JSON file',
  },
  {
    name: 'scene',
    positional: { name: 'NAME', required: false, choices: sceneNames },
    options: [
      {
        name: 'size',
        kind: 'text',
        placeholder: 'SIZE',
        choices: sceneSizes,
        help: 'small for a software adapter, full for a GPU; left out, as the adapter is',
      },
    ],
    help: 'an application from its data to its result beside a baseline; without a name, which there are',
  },
];

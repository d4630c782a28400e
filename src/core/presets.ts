// The ready-made runs: what the page offers first and the command line takes by name.
// Pure data. Titles and purposes are the page's words and live in its dictionary, not here.

import * as v from 'valibot';
import { likeModel } from './modelConfig';
import { bertConfigSchema } from './models/bert';
import { llamaConfigSchema } from './models/llama';
import { defaultModel, defaultRunConfig, type RunConfig } from './runConfig';

export const presetIds = [
  'moby-small',
  'primer-tiny',
  'your-text',
  'moby-bytes',
  'muon',
  'llama-small',
  'bert-primer',
  'moby-words-large',
  'mesh-data',
  'mesh-pipeline',
  'mesh-tensor',
  'mesh-hybrid',
  'mesh-zero',
] as const;
export type PresetId = (typeof presetIds)[number];

export interface Preset {
  readonly id: PresetId;
  readonly config: RunConfig;
}

const { data, train, parallel } = defaultRunConfig;
const model = defaultModel;

/** The default model over several ranks, in steps enough to see it learn: ranks of one machine share its processor. */
function overRanks(id: PresetId, mesh: Partial<RunConfig['parallel']>, microBatches = 1): Preset {
  return {
    id,
    config: {
      ...defaultRunConfig,
      train: { ...train, steps: 200, warmupSteps: 20, microBatches, evalEvery: 50, evalBatches: 4, sampleEvery: 100 },
      parallel: { ...parallel, ...mesh },
    },
  };
}

/** In the order in which the page lists them: quick ones first, the one for a real GPU last; then those over several ranks. */
export const presets: readonly Preset[] = [
  { id: 'moby-small', config: defaultRunConfig },
  {
    id: 'primer-tiny',
    config: {
      ...defaultRunConfig,
      model: { ...model, n_positions: 32, n_embd: 32, n_layer: 2, n_head: 2 },
      data: { ...data, corpus: 'primer' },
      train: {
        ...train,
        steps: 400,
        sequenceLength: 32,
        learningRate: 1e-2,
        minLearningRate: 1e-3,
        warmupSteps: 60,
        beta2: 0.99,
        evalEvery: 25,
        evalBatches: 4,
        sampleEvery: 50,
        sampleTokens: 64,
        samplePrompt: 'The ',
      },
    },
  },
  { id: 'your-text', config: { ...defaultRunConfig, data: { ...data, corpus: 'text' } } },
  { id: 'moby-bytes', config: { ...defaultRunConfig, data: { ...data, tokenizer: 'byte' } } },
  {
    id: 'muon',
    config: {
      ...defaultRunConfig,
      train: { ...train, optimizer: 'muon', learningRate: 1e-2, minLearningRate: 1e-3 },
    },
  },
  {
    id: 'llama-small',
    config: {
      ...defaultRunConfig,
      // Two heads of keys and values for four of queries.
      model: v.parse(llamaConfigSchema, { ...likeModel('llama', model), num_key_value_heads: 2 }),
    },
  },
  {
    id: 'bert-primer',
    config: {
      ...defaultRunConfig,
      model: v.parse(bertConfigSchema, {
        model_type: 'bert',
        num_hidden_layers: 2,
        hidden_size: 64,
        num_attention_heads: 4,
        intermediate_size: 256,
        max_position_embeddings: 32,
        initializer_range: 0.1,
      }),
      data: { ...data, corpus: 'primer', tokenizer: 'wordpiece', vocabulary: 200 },
      // Hidden tokens are guessed by their frequency for the first 2,000 steps; then what stands around them is made use of.
      train: {
        ...train,
        steps: 6_000,
        batchSize: 16,
        sequenceLength: 32,
        learningRate: 1e-3,
        minLearningRate: 1e-4,
        warmupSteps: 1_000,
        weightDecay: 0.01,
        evalEvery: 500,
        sampleEvery: 500,
        samplePrompt: 'The [MASK] is red, the [MASK] green.',
      },
    },
  },
  {
    id: 'moby-words-large',
    config: {
      ...defaultRunConfig,
      model: {
        ...model,
        n_positions: 256,
        n_embd: 384,
        n_layer: 6,
        n_head: 6,
        embd_pdrop: 0.1,
        resid_pdrop: 0.1,
        attn_pdrop: 0.1,
        initializer_range: 0.02,
      },
      train: {
        ...train,
        steps: 3000,
        batchSize: 64,
        sequenceLength: 256,
        learningRate: 1e-3,
        minLearningRate: 1e-4,
        warmupSteps: 100,
        beta2: 0.99,
        evalEvery: 250,
        sampleEvery: 250,
        sampleTokens: 256,
      },
    },
  },
  overRanks('mesh-data', { dp: 2 }),
  overRanks('mesh-pipeline', { pp: 2, schedule: '1f1b' }, 4),
  overRanks('mesh-tensor', { tp: 2 }),
  overRanks('mesh-hybrid', { dp: 2, pp: 2, schedule: '1f1b' }, 2),
  overRanks('mesh-zero', { dp: 2, zero: 3 }),
];

/** A preset by its id; `default` is another name of the first one. Undefined where there is none. */
export function findPreset(name: string): Preset | undefined {
  return name === 'default' ? presets[0] : presets.find((preset) => preset.id === name);
}

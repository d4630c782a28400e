// The rules of a mesh: each is broken alone, with its field and its numbers, and what can be trained has no issue.

import { describe, expect, test } from 'vitest';
import type { Gpt2Config } from '../core/models/gpt2';
import { presets } from '../core/presets';
import {
  defaultModel,
  defaultRunConfig,
  type ParallelConfig,
  type RunConfig,
  type TrainConfig,
} from '../core/runConfig';
import { type MeshRule, meshIssues, meshRuleNames } from './meshRules';

const VOCABULARY = 65;

function configWith(
  parallel: Partial<ParallelConfig>,
  train: Partial<TrainConfig> = {},
  model: Partial<Gpt2Config> = {},
): RunConfig {
  return {
    ...defaultRunConfig,
    model: { ...defaultModel, ...model },
    train: { ...defaultRunConfig.train, ...train },
    parallel: { ...defaultRunConfig.parallel, ...parallel },
  };
}

function withAdapters(parallel: Partial<ParallelConfig>): RunConfig {
  return { ...configWith(parallel), lora: { ...defaultRunConfig.lora, r: 4 } };
}

const broken: readonly [MeshRule, string, RunConfig][] = [
  ['ranks', 'parallel.dp', configWith({ dp: 8, pp: 2, tp: 2 }, { batchSize: 64, microBatches: 2 })],
  ['layers', 'parallel.pp', configWith({ pp: 5 }, { microBatches: 8 })],
  ['layers', 'parallel.stagesPerRank', configWith({ pp: 2, stagesPerRank: 3, schedule: 'looped-bfs' })],
  ['heads', 'parallel.tp', configWith({ tp: 5 })],
  ['vocabulary', 'parallel.tp', configWith({ tp: 4 }, {}, { vocab_size: 3 })],
  ['width', 'parallel.tp', configWith({ tp: 4 }, {}, { n_embd: 3, n_head: 3, n_inner: 8 })],
  ['inner', 'parallel.tp', configWith({ tp: 4 }, {}, { n_inner: 3 })],
  ['rows', 'parallel.dp', configWith({ dp: 16 })],
  ['rows', 'train.microBatches', configWith({ dp: 4 }, { microBatches: 4 })],
  ['tokens', 'parallel.tp', configWith({ tp: 4 }, { batchSize: 1, sequenceLength: 3 })],
  ['oneStage', 'parallel.stagesPerRank', configWith({ pp: 2, stagesPerRank: 2 }, { microBatches: 2 })],
  ['twoStages', 'parallel.stagesPerRank', configWith({ pp: 2, schedule: 'zbv' }, { microBatches: 2 })],
  ['fill', 'train.microBatches', configWith({ pp: 4 }, { microBatches: 2 })],
  [
    'rounds',
    'train.microBatches',
    configWith({ pp: 2, schedule: 'interleaved-1f1b' }, { microBatches: 5, batchSize: 5 }),
  ],
  ['zeroPipeline', 'parallel.zero', configWith({ dp: 2, pp: 2, zero: 2 }, { microBatches: 2 })],
  ['muonTensor', 'parallel.tp', configWith({ tp: 2 }, { optimizer: 'muon' })],
  ['muonZero', 'parallel.zero', configWith({ dp: 2, zero: 1 }, { optimizer: 'muon' })],
  ['strategyReplicas', 'parallel.strategy', configWith({ strategy: 'diloco' })],
  ['strategyZero', 'parallel.strategy', configWith({ dp: 2, zero: 1, strategy: 'local-sgd' })],
  ['asyncAxes', 'parallel.strategy', configWith({ dp: 2, tp: 2, strategy: 'async' })],
  ['compressionReplicas', 'parallel.compression', configWith({ compression: 'int8' })],
  ['compressionZero', 'parallel.compression', configWith({ dp: 2, zero: 3, compression: 'top-k' })],
  ['loraZero', 'parallel.zero', withAdapters({ dp: 2, zero: 3 })],
  ['loraStrategy', 'parallel.strategy', withAdapters({ dp: 2, strategy: 'diloco' })],
];

describe('meshIssues', () => {
  test.each(broken)('%s, said of %s', (rule, path, config) => {
    const issues = meshIssues(config, VOCABULARY);
    expect(issues.map((issue) => [issue.rule, issue.path])).toContainEqual([rule, path]);
    for (const issue of issues) expect(issue.expected).toMatch(/\d/);
  });

  test('every rule has a case here', () => {
    expect(new Set(broken.map(([rule]) => rule))).toEqual(new Set(meshRuleNames));
  });

  test.each(presets.map(({ id, config }) => ({ id, config })))('the preset $id can be trained', ({ config }) => {
    expect(meshIssues(config, VOCABULARY)).toEqual([]);
  });

  test.each([
    {},
    { dp: 8 },
    { dp: 4, zero: 3 },
    { tp: 4 },
    { dp: 2, tp: 2, zero: 2 },
    { dp: 2, strategy: 'async', compression: 'power-sgd' },
    { dp: 2, pp: 2, strategy: 'diloco', schedule: 'gpipe' },
    { pp: 4, schedule: 'looped-bfs' },
    { pp: 2, schedule: 'zbv', stagesPerRank: 2 },
  ] satisfies readonly Partial<ParallelConfig>[])('%j can be trained', (parallel) => {
    expect(meshIssues(configWith(parallel), VOCABULARY)).toEqual([]);
  });
});

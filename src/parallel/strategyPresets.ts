// The classic ways to lay a model over ranks, each fitted to the model at hand: what a person tries first, and compares. Pure; titles and
// purposes are the page's words.

import type { ParallelConfig, RunConfig, TrainConfig } from '../core/runConfig';
import { fitMesh } from './fitMesh';
import { meshIssues } from './meshRules';

export const strategyPresetIds = [
  'replicas',
  'zero3',
  'megatron',
  'oneForwardOneBackward',
  'zeroBubble',
  'threeD',
] as const;
export type StrategyPresetId = (typeof strategyPresetIds)[number];

interface Recipe {
  readonly parallel: Partial<ParallelConfig>;
  readonly train?: Partial<TrainConfig>;
}

const recipes: Readonly<Record<StrategyPresetId, Recipe>> = {
  replicas: { parallel: { dp: 4 } },
  zero3: { parallel: { dp: 4, zero: 3 } },
  megatron: { parallel: { tp: 4 } },
  oneForwardOneBackward: { parallel: { pp: 4, schedule: '1f1b' }, train: { microBatches: 8 } },
  zeroBubble: { parallel: { pp: 2, stagesPerRank: 2, schedule: 'zbv' }, train: { microBatches: 4 } },
  threeD: { parallel: { dp: 2, pp: 2, tp: 2, schedule: '1f1b', zero: 1 }, train: { microBatches: 2 } },
};

/** The same run over this mesh: what the mesh does not speak of stays as it is, and what does not fit the model gives way. */
export function strategyPreset(id: StrategyPresetId, config: RunConfig, vocabularySize: number): RunConfig {
  const { parallel, train = {} } = recipes[id];
  const plain: Partial<ParallelConfig> = {
    dp: 1,
    pp: 1,
    tp: 1,
    zero: 0,
    stagesPerRank: 1,
    strategy: 'sync',
    compression: 'none',
  };
  const wanted = {
    ...config,
    train: { ...config.train, microBatches: 1, ...train },
    parallel: { ...config.parallel, ...plain, ...parallel },
  };
  return fitMesh(wanted, vocabularySize);
}

/** Whether the mesh of a set-up is what the preset gives for it. */
export function isStrategyPreset(id: StrategyPresetId, config: RunConfig, vocabularySize: number): boolean {
  const { parallel, train } = strategyPreset(id, config, vocabularySize);
  const axes = ['dp', 'pp', 'tp', 'zero', 'strategy', 'compression'] as const;
  const piped = ['schedule', 'stagesPerRank'] as const;
  return (
    axes.every((name) => parallel[name] === config.parallel[name]) &&
    (parallel.pp === 1 || piped.every((name) => parallel[name] === config.parallel[name])) &&
    train.microBatches === config.train.microBatches
  );
}

/** Whether the model can be laid out this way at all, at least in kind. */
export function strategyFits(id: StrategyPresetId, config: RunConfig, vocabularySize: number): boolean {
  const fitted = strategyPreset(id, config, vocabularySize);
  const { parallel } = recipes[id];
  const kept = (['dp', 'pp', 'tp'] as const).every((axis) => (parallel[axis] ?? 1) === 1 || fitted.parallel[axis] > 1);
  return kept && meshIssues(fitted, vocabularySize).length === 0;
}

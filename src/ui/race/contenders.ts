// Who can take part in a race: ways to bring replicas together, each as the present set-up with other parallel settings.
// Pure; whether the mesh allows one is asked of parallel/meshRules.ts.

import { defaultRunConfig, type ParallelConfig, type RunConfig } from '../../core/runConfig';
import { type MeshIssue, meshIssues } from '../../parallel/meshRules';

export const contenderIds = [
  'one',
  'sync',
  'f16',
  'int8',
  'topK',
  'topKPlain',
  'powerSgd',
  'localSgd',
  'diloco',
  'async',
] as const;
export type ContenderId = (typeof contenderIds)[number];

export const raceSteps = { least: 10, most: 2000 } as const;

const ways: Readonly<Record<Exclude<ContenderId, 'one'>, Partial<ParallelConfig>>> = {
  sync: {},
  f16: { compression: 'f16' },
  int8: { compression: 'int8' },
  topK: { compression: 'top-k' },
  topKPlain: { compression: 'top-k', errorFeedback: false },
  powerSgd: { compression: 'power-sgd' },
  localSgd: { strategy: 'local-sgd' },
  diloco: { strategy: 'diloco' },
  async: { strategy: 'async' },
};

/** The same model, text, seed and mesh over `steps` steps: contenders differ in how replicas come together and in nothing else. */
export function contenderConfig(id: ContenderId, base: RunConfig, steps: number): RunConfig {
  const { train } = base;
  // A warm-up made for a long run would be all of a short one.
  const warmupSteps = Math.min(train.warmupSteps, Math.floor(steps / 4));
  return {
    ...base,
    train: {
      ...train,
      steps,
      warmupSteps,
      decaySteps: Math.min(train.decaySteps, steps - warmupSteps),
      // Held-out text is read once, at the end, and nothing is written meanwhile: both would count as the contender's time.
      evalEvery: 0,
      sampleEvery: 0,
    },
    parallel:
      id === 'one'
        ? defaultRunConfig.parallel
        : { ...base.parallel, strategy: 'sync', compression: 'none', errorFeedback: true, ...ways[id] },
  };
}

/** The first rule that keeps a contender out of the present mesh, or null. */
export function whyRuledOut(id: ContenderId, base: RunConfig, vocabularySize: number): MeshIssue | null {
  return meshIssues(contenderConfig(id, base, raceSteps.least), vocabularySize)[0] ?? null;
}

/** In the order of the list, whatever the order in which they were chosen. */
export function allowedContenders(
  chosen: readonly ContenderId[],
  base: RunConfig,
  vocabularySize: number,
): readonly ContenderId[] {
  return contenderIds.filter((id) => chosen.includes(id) && whyRuledOut(id, base, vocabularySize) === null);
}

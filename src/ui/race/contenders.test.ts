import { expect, test } from 'vitest';
import { checkRunConfig } from '../../core/configCheck';
import { defaultRunConfig, type ParallelConfig, type RunConfig } from '../../core/runConfig';
import { changedPaths } from '../stores/setupStore';
import { allowedContenders, contenderConfig, contenderIds, whyRuledOut } from './contenders';

function over(parallel: Partial<ParallelConfig>): RunConfig {
  return { ...defaultRunConfig, parallel: { ...defaultRunConfig.parallel, ...parallel } };
}

test('contenders differ from each other in the parallel section alone, and all are valid', () => {
  const base = over({ dp: 2, topKShare: 0.1, strategy: 'diloco', errorFeedback: false });
  const sync = contenderConfig('sync', base, 40);
  for (const id of contenderIds) {
    const config = contenderConfig(id, base, 40);
    expect(changedPaths(sync, config).every(({ path }) => path.startsWith('parallel.'))).toBe(true);
    expect(checkRunConfig(config, config).issues, id).toEqual([]);
    expect(config.parallel.topKShare).toBe(id === 'one' ? defaultRunConfig.parallel.topKShare : 0.1);
  }
  expect(sync.parallel).toMatchObject({ dp: 2, strategy: 'sync', compression: 'none' });
});

test('a contender keeps the seed and the text, and neither evaluates nor samples on its way', () => {
  const base = { ...over({ dp: 2 }), train: { ...defaultRunConfig.train, seed: 7, warmupSteps: 50, decaySteps: 900 } };
  const { train, data } = contenderConfig('int8', base, 12);
  expect(data).toEqual(base.data);
  expect(train).toMatchObject({ steps: 12, seed: 7, evalEvery: 0, sampleEvery: 0, warmupSteps: 3, decaySteps: 9 });
});

test('error feedback is what tells the two top-k apart', () => {
  const base = over({ dp: 2, errorFeedback: false });
  expect(changedPaths(contenderConfig('topK', base, 20), contenderConfig('topKPlain', base, 20))).toEqual([
    { path: 'parallel.errorFeedback', value: false },
  ]);
});

test('what the mesh rules out is named by its rule and does not race', () => {
  const sharded = over({ dp: 2, zero: 1 });
  expect(whyRuledOut('int8', sharded, 96)?.rule).toBe('compressionZero');
  expect(whyRuledOut('diloco', sharded, 96)?.rule).toBe('strategyZero');
  expect(allowedContenders(contenderIds, sharded, 96)).toEqual(['one', 'sync']);
  const pipeline = { ...over({ dp: 2, pp: 2 }), train: { ...defaultRunConfig.train, microBatches: 2 } };
  expect(whyRuledOut('async', pipeline, 96)?.rule).toBe('asyncAxes');
  expect(whyRuledOut('localSgd', pipeline, 96)).toBeNull();
  expect(allowedContenders(['int8', 'sync'], over({ dp: 2 }), 96)).toEqual(['sync', 'int8']);
});

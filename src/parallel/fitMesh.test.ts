// Fitting a mesh: whatever a link says ends in something that can be trained, and an edit of a form changes only what follows from it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRunConfig } from '../core/configCheck';
import {
  compressionNames,
  defaultRunConfig,
  optimizerNames,
  type ParallelConfig,
  type RunConfig,
  scheduleNames,
  strategyNames,
} from '../core/runConfig';
import { fitMesh, followersOf } from './fitMesh';
import { meshIssues } from './meshRules';

const axis = fc.integer({ min: 1, max: 16 });
const anyMesh = fc
  .record({
    parallel: fc.record({
      dp: axis,
      pp: axis,
      tp: axis,
      zero: fc.integer({ min: 0, max: 3 }),
      schedule: fc.constantFrom(...scheduleNames),
      stagesPerRank: fc.integer({ min: 1, max: 16 }),
      strategy: fc.constantFrom(...strategyNames),
      compression: fc.constantFrom(...compressionNames),
    }),
    train: fc.record({
      batchSize: fc.integer({ min: 1, max: 48 }),
      microBatches: fc.integer({ min: 1, max: 48 }),
      sequenceLength: fc.integer({ min: 1, max: 8 }),
      optimizer: fc.constantFrom(...optimizerNames),
    }),
    model: fc.record({ n_layer: fc.integer({ min: 1, max: 24 }), n_head: fc.integer({ min: 1, max: 16 }) }),
  })
  .map((input) => checkRunConfig(input).config);

function edited(parallel: Partial<ParallelConfig>, base: RunConfig = defaultRunConfig): RunConfig {
  return { ...base, parallel: { ...base.parallel, ...parallel } };
}

describe('fitMesh', () => {
  test('ends in something that can be trained, whatever a link says, and leaves that alone', () => {
    fc.assert(
      fc.property(anyMesh, (config) => {
        const fitted = fitMesh(config, 65);
        expect(meshIssues(fitted, 65)).toEqual([]);
        expect(checkRunConfig(fitted)).toEqual({ config: fitted, issues: [] });
        expect(fitMesh(fitted, 65)).toEqual(fitted);
      }),
      { numRuns: 600 },
    );
  });

  test('changes nothing that needs no change', () => {
    expect(fitMesh(defaultRunConfig, 65)).toEqual(defaultRunConfig);
  });

  test('a pipeline brings the micro-batches that fill it', () => {
    const { train } = fitMesh(edited({ pp: 4 }), 65, followersOf('parallel.pp'));
    expect(train.microBatches).toBe(4);
  });

  test('a schedule brings its stages, and ZeRO 3 comes down to 1 where a pipeline begins', () => {
    expect(fitMesh(edited({ schedule: 'zbv' }), 65, followersOf('parallel.schedule')).parallel.stagesPerRank).toBe(2);
    expect(fitMesh(edited({ dp: 2, zero: 3, pp: 2 }), 65, followersOf('parallel.pp')).parallel.zero).toBe(1);
  });

  test('the last replica ends strategy and compression', () => {
    const { parallel } = fitMesh(edited({ strategy: 'diloco', compression: 'int8' }), 65, followersOf('parallel.dp'));
    expect([parallel.strategy, parallel.compression]).toEqual(['sync', 'none']);
  });

  test('what was edited stays, and so does the mesh: the rule is then still broken', () => {
    const zero = fitMesh(edited({ dp: 2, pp: 2, zero: 2 }), 65, followersOf('parallel.zero'));
    expect(zero.parallel).toMatchObject({ dp: 2, pp: 2, zero: 2 });
    expect(meshIssues(zero, 65).map(({ rule }) => rule)).toEqual(['zeroPipeline']);
    const deep = fitMesh(edited({ pp: 8 }), 65, followersOf('parallel.pp'));
    expect(meshIssues(deep, 65).map(({ rule }) => rule)).toEqual(['layers']);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRunConfig } from '../core/configCheck';
import { scheduleNames } from '../core/runConfig';
import { meshAxes, meshSize } from '../parallel/mesh';
import { meshIssues } from '../parallel/meshRules';
import { fakePlan } from '../testing/fakeCluster';
import { recomputations } from './clusterPlan';
import { modelPresets } from './modelPresets';
import { planIssue } from './planRules';
import { smallRun } from './smallRun';

test('every plan that obeys the rules has a small one: trainable here, same schedule, same axes shared', () => {
  const power = (most: number) => fc.integer({ min: 0, max: most }).map((exponent) => 2 ** exponent);
  fc.assert(
    fc.property(
      fc.record({ dp: power(7), pp: power(4), tp: power(3) }),
      fc.constantFrom(...scheduleNames),
      fc.constantFrom(1, 2, 3, 4, 5),
      fc.constantFrom(0, 1, 2, 3),
      fc.constantFrom(...recomputations),
      fc.constantFrom(0, 1, 2),
      power(3),
      (mesh, schedule, stagesPerRank, zero, recomputation, optimizerMoments, microBatchRows) => {
        const plan = {
          ...fakePlan,
          mesh,
          schedule,
          stagesPerRank,
          zero,
          recomputation,
          optimizerMoments,
          microBatchRows,
        };
        fc.pre(planIssue(plan) === null);
        const small = smallRun(plan);
        expect(small).not.toBeNull();
        if (small === null) return;
        const { config } = small;
        expect(meshIssues(config, 96)).toEqual([]);
        expect(checkRunConfig(config).issues).toEqual([]);
        expect(meshSize(config.parallel)).toBeLessThanOrEqual(8);
        for (const axis of meshAxes) expect(config.parallel[axis] > 1).toBe(mesh[axis] > 1);
        if (mesh.pp > 1) expect(config.parallel.schedule).toBe(schedule);
        if (mesh.pp > 1) expect(config.parallel.stagesPerRank > 1).toBe(stagesPerRank > 1);
        if (mesh.dp > 1) expect(config.parallel.zero).toBe(mesh.pp > 1 ? Math.min(1, zero) : zero);
      },
    ),
    { numRuns: 300 },
  );
});

test('it says what could not stay the same', () => {
  const kinds = (plan: typeof fakePlan) => smallRun(plan)?.changes.map(({ kind }) => kind);
  expect(kinds(fakePlan)).toEqual(['axes', 'architecture', 'precision', 'recomputation']);
  expect(kinds({ ...fakePlan, mesh: { dp: 2, pp: 2, tp: 2 }, zero: 3 })).toContain('zero');
  const gpt2 = modelPresets.find(({ id }) => id === 'gpt2');
  if (gpt2 === undefined) throw new Error('no GPT-2');
  const plain = { ...fakePlan, model: gpt2.shape, mesh: { dp: 2, pp: 2, tp: 1 }, zero: 1 as const };
  expect(kinds({ ...plain, precision: 'f32', recomputation: 'none' })).toEqual([]);
});

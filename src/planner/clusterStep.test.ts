// Predictions of whole steps: how little they run at 16,384 ranks, long steps from short ones, and that what should cost costs.

import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import type { ClusterPlan } from './clusterPlan';
import { drawnStep, measureWholeStep, predictClusterStep } from './clusterStep';
import { modelPresets } from './modelPresets';
import { hardwareProfiles } from './profiles';

const presetOf = (id: string) => modelPresets.find((preset) => preset.id === id)?.shape ?? modelPresets[0].shape;
const profileOf = (id: string) => hardwareProfiles.find((profile) => profile.id === id) ?? hardwareProfiles[0];

const llama405b: ClusterPlan = {
  model: presetOf('llama-3.1-405b'),
  hardware: profileOf('h100-sxm'),
  mesh: { dp: 128, pp: 16, tp: 8 },
  zero: 3,
  schedule: '1f1b',
  stagesPerRank: 1,
  globalBatch: 2048,
  microBatchRows: 1,
  sequenceLength: 8192,
  contextParallel: 1,
  precision: 'bf16',
  recomputation: 'none',
  fusedAttention: true,
  sequenceParallel: true,
  overlappedTensor: false,
  compiled: true,
  optimizerMoments: 2,
  straggler: 1,
};

const megatron1t: ClusterPlan = {
  ...llama405b,
  model: presetOf('megatron-1t'),
  hardware: profileOf('a100-80gb'),
  mesh: { dp: 6, pp: 64, tp: 8 },
  zero: 0,
  globalBatch: 3072,
  sequenceLength: 2048,
  recomputation: 'full',
  fusedAttention: false,
  sequenceParallel: false,
  compiled: false,
};

/** What a prediction runs: the time that it takes follows from it. */
function actionsOf(plan: ClusterPlan): number {
  return drawnStep(plan).plan.actions.reduce((sum, own) => sum + own.length, 0);
}

test('a change of a plan is answered at once: on 16,384 ranks, and with 64 stages and 512 micro-batches', () => {
  expect(actionsOf(llama405b)).toBeLessThan(40_000);
  expect(actionsOf({ ...llama405b, globalBatch: 64 * 128 })).toBeLessThan(40_000);
  expect(actionsOf(megatron1t)).toBeLessThan(40_000);
});

describe('a long step from a short one is the whole step', () => {
  const eight: ClusterPlan = { ...llama405b, mesh: { dp: 4, pp: 8, tp: 8 }, globalBatch: 4 * 72 };
  const interleaved = { schedule: 'interleaved-1f1b', stagesPerRank: 2 } as const;
  const plans: readonly (readonly [string, ClusterPlan])[] = [
    ['Llama 405B, 1F1B', eight],
    ['interleaved', { ...eight, ...interleaved }],
    ['zero bubble', { ...eight, schedule: 'interleaved-zero-bubble' }],
    ['with a straggler', { ...eight, ...interleaved, straggler: 1.2 }],
    ['without a pipeline', { ...eight, mesh: { dp: 32, pp: 1, tp: 8 }, globalBatch: 32 * 40 }],
    ['Megatron 1T', megatron1t],
  ];
  test.each(plans)(
    '%s',
    (_name, plan) => {
      const { stepMs, computeShare, communicationShare } = predictClusterStep(plan);
      const whole = measureWholeStep(plan);
      expect(stepMs / whole.spanMs).toBeCloseTo(1, 9);
      expect(computeShare).toBeCloseTo(whole.computeMs / whole.spanMs, 9);
      expect(communicationShare).toBeCloseTo(whole.communicationMs / whole.spanMs, 9);
    },
    30_000,
  );
});

const small: ClusterPlan = {
  ...llama405b,
  model: presetOf('llama-3.1-8b'),
  mesh: { dp: 8, pp: 1, tp: 1 },
  globalBatch: 16,
};

describe('what should cost costs', () => {
  const ms = (changes: Partial<ClusterPlan>) => predictClusterStep({ ...small, ...changes }).stepMs;
  test('a straggler holds everyone up', () => {
    expect(ms({ straggler: 1.5 }) / ms({})).toBeGreaterThan(1.4);
    expect(ms({ straggler: 1.5 }) / ms({})).toBeLessThan(1.51);
  });
  test('recomputation, eager kernels, tensor parallelism over slow links', () => {
    expect(ms({ recomputation: 'full' }) / ms({})).toBeGreaterThan(1.2);
    expect(ms({ recomputation: 'full' }) / ms({})).toBeLessThan(1.4);
    expect(ms({ compiled: false })).toBeGreaterThan(ms({}));
    const box = { hardware: profileOf('rtx-4090-x8') };
    expect(ms({ ...box, mesh: { dp: 1, pp: 1, tp: 8 } })).toBeGreaterThan(2 * ms({ ...box, zero: 0 }));
  });
  test('shares of time sum to one', () => {
    const { computeShare, communicationShare, bubbleShare } = predictClusterStep(llama405b);
    expect(computeShare + communicationShare + bubbleShare).toBeCloseTo(1, 9);
    for (const share of [computeShare, communicationShare, bubbleShare]) expect(share).toBeGreaterThan(0);
  });
  test('FSDP moves three times the parameters: two gathers in 16 bits and a sum in 32', () => {
    const { traffic } = predictClusterStep({ ...small, globalBatch: 8 });
    const bytes = (kind: string) =>
      traffic
        .filter(({ axis, collective }) => axis === 'dp' && collective === kind)
        .reduce((sum, row) => sum + row.bytesOut, 0);
    const all = (8_030_261_248 * 7) / 8;
    // The root and the last layer are whole already when backward begins.
    expect(bytes('allGather') / all).toBeGreaterThan(3.5);
    expect(bytes('allGather') / all).toBeLessThan(4);
    expect(bytes('reduceScatter') / all).toBeCloseTo(4, 3);
  });
});

describe('what cannot be is refused', () => {
  const refusal = (changes: Partial<ClusterPlan>): string => {
    try {
      predictClusterStep({ ...small, ...changes });
    } catch (error) {
      if (error instanceof LabError) return `${error.message} ${error.why ?? ''}`;
    }
    return 'it was taken';
  };
  test('by the rule that it breaks', () => {
    expect(refusal({ mesh: { dp: 1, pp: 33, tp: 1 } })).toContain('33 stages');
    expect(refusal({ mesh: { dp: 1, pp: 1, tp: 5 } })).toContain('32 heads');
    expect(refusal({ globalBatch: 7 })).toContain('7 sequences');
    expect(refusal({ hardware: profileOf('a100-80gb'), precision: 'fp8' })).toContain('no fp8');
  });
});

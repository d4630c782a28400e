// Activations against the closed forms of Korthikanti et al. 2022, table 2, for the models that they are of: s tokens, b rows, h wide, a heads, t ranks.

import { describe, expect, test } from 'vitest';
import { activationBytes } from './activationBytes';
import type { ClusterPlan, Recomputation } from './clusterPlan';
import { predictClusterMemory, predictClusterStep } from './clusterStep';
import { localSizes } from './localSizes';
import { gptShape, modelPresets } from './modelPresets';
import { hardwareProfiles } from './profiles';

const [s, b, h, a, t] = [2048, 4, 6144, 64, 8];
const base: ClusterPlan = {
  model: gptShape('22B', { layers: 48, width: h, heads: a, vocabulary: 51_200, positions: s }),
  hardware: hardwareProfiles[0],
  mesh: { dp: 1, pp: 1, tp: t },
  zero: 0,
  schedule: '1f1b',
  stagesPerRank: 1,
  globalBatch: b,
  microBatchRows: b,
  sequenceLength: s,
  contextParallel: 1,
  precision: 'bf16',
  recomputation: 'none',
  fusedAttention: false,
  sequenceParallel: false,
  overlappedTensor: false,
  compiled: false,
  optimizerMoments: 2,
  straggler: 1,
};
const kept = (changes: Partial<ClusterPlan>) => {
  const plan = { ...base, ...changes };
  return activationBytes(plan, localSizes(plan)).kept;
};
const sbh = s * b * h;

describe('a layer keeps', () => {
  test('alone: sbh (34 + 5 a s / h)', () => {
    expect(kept({ mesh: { dp: 1, pp: 1, tp: 1 } })).toBeCloseTo(sbh * (34 + (5 * a * s) / h), 0);
  });
  test('over tp: sbh (10 + 24 / t + 5 a s / (h t))', () => {
    expect(kept({})).toBeCloseTo(sbh * (10 + 24 / t + (5 * a * s) / (h * t)), 0);
  });
  test('with the stream divided: sbh / t (34 + 5 a s / h)', () => {
    expect(kept({ sequenceParallel: true })).toBeCloseTo((sbh / t) * (34 + (5 * a * s) / h), 0);
  });
  test('with attention computed again: sbh 34 / t', () => {
    expect(kept({ sequenceParallel: true, recomputation: 'selective' })).toBeCloseTo((34 * sbh) / t, 0);
  });
  test('with all computed again: 2 sbh', () => {
    expect(kept({ recomputation: 'full' })).toBe(2 * sbh);
  });
});

const llama = modelPresets.find(({ id }) => id === 'llama-3.1-70b')?.shape ?? base.model;
const sharded: ClusterPlan = { ...base, model: llama, fusedAttention: true, sequenceParallel: true, compiled: true };

describe('a rank holds', () => {
  test('16 bytes a parameter over all that share them under ZeRO 3; 18 without, gradients in f32', () => {
    const rowsOf = (plan: ClusterPlan) =>
      new Map(predictClusterStep(plan).memory[0].rows.map(({ kind, bytes }) => [kind, bytes]));
    const states = (plan: ClusterPlan) => {
      const rows = rowsOf(plan);
      return (rows.get('parameters') ?? 0) + (rows.get('gradients') ?? 0) + (rows.get('optimizer') ?? 0);
    };
    const one = { ...sharded, mesh: { dp: 16, pp: 1, tp: 8 }, globalBatch: 16, microBatchRows: 1 };
    // Norms are whole on each tp rank.
    const norms = (2 * llama.layers + 1) * llama.width;
    const values = (70_553_706_496 - norms) / 8 + norms;
    expect(states({ ...one, zero: 3 }) / (16 * values)).toBeCloseTo(1 / 16, 6);
    expect(states({ ...one, zero: 0 }) / (18 * values)).toBeCloseTo(1, 6);
    expect(states({ ...one, zero: 1 }) / values).toBeCloseTo(6 + 12 / 16, 6);
    expect(states({ ...one, zero: 2 }) / values).toBeCloseTo(2 + 16 / 16, 6);
  });

  test('less, the more is computed again; first ranks of a pipeline more than later ones, at the end of filling', () => {
    const plan = { ...sharded, mesh: { dp: 2, pp: 4, tp: 8 }, globalBatch: 32, microBatchRows: 1 };
    const at = (recomputation: Recomputation) => predictClusterStep({ ...plan, recomputation });
    const [none, selective, full] = [at('none'), at('selective'), at('full')];
    expect(none.peakBytes).toBeGreaterThan(selective.peakBytes);
    expect(selective.peakBytes).toBeGreaterThan(full.peakBytes);
    const [first, second, third] = none.memory.map(
      ({ rows }) => rows.find(({ kind }) => kind === 'activations')?.bytes,
    );
    expect(first).toBeGreaterThan(second ?? 0);
    expect(second).toBeGreaterThan(third ?? 0);
    for (const { peakMs, rows, peakBytes } of none.memory) {
      expect(peakMs).toBeGreaterThan(0);
      expect(peakMs).toBeLessThan(none.stepMs);
      expect(rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(peakBytes, 0);
    }
    expect(predictClusterMemory({ ...plan, recomputation: 'none' }).peakBytes).toBe(none.peakBytes);
  });
});

// A planner that anyone can check by hand, and a plan to ask it of: time is operations over peak, a fixed toll for each kind of sharing, and the
// textbook bubble; memory is bytes a parameter and bytes a row. Test-only.

import { memoryLimitBytes } from '../planner/clusterMemory';
import type { ClusterPlan, Prediction } from '../planner/clusterPlan';
import type { HardwareProfile } from '../planner/hardware';
import { llamaShape } from '../planner/modelPresets';
import { microBatchesOf } from '../planner/planRules';
import type { PlanPredictor } from '../planner/search';
import { totalParameters } from '../planner/transformerShape';

export const fakeHardware: HardwareProfile = {
  id: 'fake',
  name: 'Fake',
  peakTeraflops: { bf16: 1000, f32: 100 },
  memoryGiB: 80,
  memoryGigabytesPerSecond: 3000,
  reservedGiB: 4,
  allocatorShare: 1,
  links: [
    { level: 'node', devices: 8, latencyUs: 2, gigabytesPerSecond: 400, sharedGigabytesPerSecond: null },
    { level: 'cluster', devices: null, latencyUs: 5, gigabytesPerSecond: 50, sharedGigabytesPerSecond: null },
  ],
  launchUs: 3,
  efficiency: {
    product: { f32: 0.8, bf16: 0.7, fp8: 0.6 },
    productHalfWidth: 200,
    attention: 0.6,
    memory: 0.8,
    nodeLink: 0.8,
    clusterLink: 0.8,
    overlap: 0.9,
  },
  sources: {},
};

export const bigModel = llamaShape('big', {
  layers: 80,
  width: 8192,
  heads: 64,
  keyValueHeads: 8,
  innerWidth: 28_672,
  vocabulary: 128_256,
});

export const fakePlan: ClusterPlan = {
  model: bigModel,
  hardware: fakeHardware,
  mesh: { dp: 64, pp: 1, tp: 8 },
  zero: 3,
  schedule: '1f1b',
  stagesPerRank: 1,
  globalBatch: 1024,
  microBatchRows: 1,
  sequenceLength: 8192,
  contextParallel: 1,
  precision: 'bf16',
  recomputation: 'selective',
  fusedAttention: true,
  sequenceParallel: true,
  overlappedTensor: false,
  compiled: true,
  optimizerMoments: 2,
  straggler: 1,
};

function fakeMemory({
  model,
  hardware,
  mesh,
  zero,
  microBatchRows,
  recomputation,
  schedule,
  sequenceLength,
  ...plan
}: ClusterPlan) {
  const parameters = totalParameters(model) / mesh.pp / mesh.tp;
  const over = (stage: number) => (zero >= stage ? mesh.dp : 1);
  const microBatches = microBatchesOf({ model, mesh, schedule, microBatchRows, ...plan });
  const held = schedule === 'gpipe' ? microBatches : Math.min(mesh.pp, microBatches);
  const rowBytes = { none: 34, selective: 12, full: 2 }[recomputation] * sequenceLength * model.width * 2;
  const activations = (held * microBatchRows * rowBytes * model.layers) / mesh.pp / mesh.tp / 2;
  const peakBytes = parameters * (4 / over(3) + 4 / over(2) + 8 / over(1)) + activations;
  return { peakBytes, fits: peakBytes <= memoryLimitBytes(hardware) };
}

/** Products alone, at a rate that nothing is faster than, and the textbook's bubble (Narayanan et al. 2021, section 2.2.2). */
function fakeTimes(plan: ClusterPlan): { readonly idealMs: number; readonly bubbleMs: number } {
  const { model, mesh, schedule, stagesPerRank, recomputation, globalBatch, sequenceLength } = plan;
  const passes = { none: 6, selective: 6.5, full: 8 }[recomputation];
  const idealMs =
    (passes * totalParameters(model) * globalBatch * sequenceLength) / (5e11 * mesh.dp * mesh.pp * mesh.tp);
  const split = schedule === 'zbv' ? 0 : schedule === 'interleaved-zero-bubble' ? 1 / 3 : 1;
  return { idealMs, bubbleMs: (idealMs * split * (mesh.pp - 1)) / (microBatchesOf(plan) * stagesPerRank) };
}

/** What it was asked is counted. */
export function fakePredictor(): PlanPredictor & { readonly asked: { predict: number; memory: number } } {
  const asked = { predict: 0, memory: 0 };
  return {
    asked,
    memory(plan) {
      asked.memory++;
      return fakeMemory(plan);
    },
    leastMs(plan) {
      const { idealMs, bubbleMs } = fakeTimes(plan);
      return idealMs + bubbleMs;
    },
    leastBytes: (plan) => 0.9 * fakeMemory(plan).peakBytes,
    predict(plan): Prediction {
      asked.predict++;
      const { mesh, zero, sequenceLength, globalBatch } = plan;
      const { idealMs: ideal, bubbleMs } = fakeTimes(plan);
      const communicationMs =
        ideal * (0.02 * (mesh.tp - 1) + (zero === 3 ? 0.03 * Math.log2(mesh.dp) : 0.01) + 0.01 * (mesh.pp - 1));
      const stepMs = ideal + bubbleMs + communicationMs;
      const tokensPerSecond = (1000 * globalBatch * sequenceLength) / stepMs;
      const ranks = mesh.dp * mesh.pp * mesh.tp;
      return {
        stepMs,
        microBatches: microBatchesOf(plan),
        tokensPerSecond,
        tokensPerSecondPerRank: tokensPerSecond / ranks,
        modelFlopsShare: 0.5,
        hardwareTeraflopsPerRank: 500,
        computeShare: ideal / stepMs,
        communicationShare: communicationMs / stepMs,
        bubbleShare: bubbleMs / stepMs,
        memory: [],
        traffic: [],
        ...fakeMemory(plan),
      };
    },
  };
}

// The time below which no step of a plan can come, from its products and its pipeline alone: cheap enough to ask of every candidate, so that a
// search predicts only those that could still be better. Not a prediction: messages, memory and small products are left out.

import type { ScheduleName } from '../core/runConfig';
import { meshSize } from '../parallel/mesh';
import type { ClusterPlan, Recomputation } from './clusterPlan';
import { microBatchesOf } from './planRules';
import { countParameters, type TransformerShape } from './transformerShape';

/** Forward passes that a layer's products are worth: backward is two, and full recomputation runs forward again; selective adds attention only. */
const layerPasses: Readonly<Record<Recomputation, number>> = { none: 3, selective: 3, full: 4 };

/** Idle time over the ideal time of a step, for equal stages and free messages. */
function bubbleOver(schedule: ScheduleName, pp: number, stagesPerRank: number, microBatches: number): number {
  switch (schedule) {
    case 'gpipe':
    case '1f1b':
    case 'interleaved-1f1b':
    case 'looped-bfs':
      // Narayanan et al. 2021, section 2.2.2.
      return (pp - 1) / (microBatches * stagesPerRank);
    case 'interleaved-zero-bubble':
      // ZB-H1 in Qi et al. 2023: a third of 1F1B's.
      return (pp - 1) / (3 * microBatches * stagesPerRank);
    case 'zbv':
      return 0;
  }
}

/** Floating-point operations of one token's forward pass: products of the layers, scores and their sums over values, and the head. */
function forwardFlops(
  model: TransformerShape,
  tokens: number,
): Readonly<Record<'products' | 'scores' | 'head', number>> {
  const { attention, inner } = countParameters(model);
  // A causal token sees half of the sequence.
  const seen = tokens * (model.causal ? 0.5 : 1);
  return {
    products: model.layers * 2 * (attention + inner),
    scores: model.layers * 4 * model.heads * model.headDim * seen,
    head: 2 * model.vocabulary * model.width,
  };
}

/** @returns milliseconds; 0 where the device has no such precision, which is for the prediction to refuse */
export function leastStepMs(plan: ClusterPlan): number {
  const { model, hardware, precision, schedule, stagesPerRank, recomputation } = plan;
  const { peakTeraflops, efficiency } = hardware;
  const peak = peakTeraflops[precision];
  const scorePeak = peakTeraflops.bf16 ?? peakTeraflops.f32;
  if (peak === undefined || scorePeak === undefined) return 0;
  const { products, scores, head } = forwardFlops(model, plan.sequenceLength);
  const passes = layerPasses[recomputation];
  const token =
    (passes * products + 3 * head) / (peak * 1e12 * efficiency.product[precision]) +
    (passes * scores) / (scorePeak * 1e12 * efficiency.attention);
  const tokens = plan.globalBatch * plan.sequenceLength;
  const bubble = bubbleOver(schedule, plan.mesh.pp, stagesPerRank, microBatchesOf(plan));
  return (1000 * tokens * token * (1 + bubble)) / meshSize(plan.mesh);
}

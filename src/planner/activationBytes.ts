// Bytes that a layer keeps of a micro-batch for its backward pass, and what it needs besides while it is computed. Korthikanti et al. 2022, section 4,
// taken apart so that it holds for shared keys, gated layers and fused attention. It knows no stage and no schedule.

import type { ClusterPlan, Recomputation } from './clusterPlan';
import type { LocalSizes } from './localSizes';

export interface ActivationBytes {
  /** Of one layer and micro-batch, from its forward until its backward. */
  readonly kept: number;
  /** Of one layer beside what is kept, while its backward runs: what is computed again, and gradients. */
  readonly working: number;
  /** Of the last stage and one micro-batch: logits in 16 bits and what the loss makes of them in f32. */
  readonly logits: number;
  /** Of those, what stays until the backward of the micro-batch. */
  readonly logitsKept: number;
}

/** f32 tensors of the logits' size at once: log-softmax, its gradient, and one on the way; divided over tp the loss is made of smaller kernels. */
const WHOLE_LOGIT_COPIES = 3;
const DIVIDED_LOGIT_COPIES = 4;

export function activationBytes(plan: ClusterPlan, sizes: LocalSizes): ActivationBytes {
  const { mesh, precision } = plan;
  const { tokens, ownTokens, queryWidth, innerWidth, vocabulary } = sizes;
  const width = precision === 'f32' ? 4 : 2;
  const all = layerBytes(plan, sizes, 'none');
  const kept = layerBytes(plan, sizes, plan.recomputation);
  // Gradients of the widest place and of the stream; where the stream is divided, it comes together for the products that read it.
  const streams = width * plan.model.width;
  const whole = plan.sequenceParallel && mesh.tp > 1 ? tokens * streams : 0;
  const gradients = tokens * (width * Math.max(2 * innerWidth, queryWidth) + streams) + ownTokens * streams;
  const copies = mesh.tp > 1 ? DIVIDED_LOGIT_COPIES : WHOLE_LOGIT_COPIES;
  const logits = tokens * vocabulary;
  return {
    kept,
    working: Math.max(0, all - kept) + gradients + 2 * whole,
    logits: logits * (width + 4 * copies) + whole,
    logitsKept: logits * (width + 4) + whole,
  };
}

function layerBytes(
  { model, fusedAttention, sequenceLength, contextParallel, compiled, precision }: ClusterPlan,
  { rows, tokens, ownTokens, heads, queryWidth, keyWidth, innerWidth }: LocalSizes,
  recomputation: Recomputation,
): number {
  const width = precision === 'f32' ? 4 : 2;
  const stream = ownTokens * model.width;
  if (recomputation === 'full') return width * stream;
  // Where attention is not fused, models are trained with dropout, whose masks take a byte a value.
  const masks = fusedAttention ? 0 : 2 * stream;
  const scores = fusedAttention ? 0 : (rows * heads * sequenceLength * sequenceLength) / contextParallel;
  const logSums = fusedAttention ? 4 * tokens * heads : 0;
  if (recomputation === 'selective' && fusedAttention) {
    // Every second product's result, and attention's; the layer's last is kept where no compiler sees that nobody reads it.
    const products =
      tokens * (model.gated ? queryWidth + keyWidth + innerWidth : queryWidth + 2 * keyWidth + innerWidth);
    const last = compiled || !model.gated ? 0 : stream;
    return width * (stream + products + tokens * queryWidth + last) + logSums;
  }
  const inner = tokens * innerWidth * (model.gated ? 3 : 2);
  const attention = tokens * (2 * queryWidth + 2 * keyWidth);
  // Inputs of both norms, and of the products after them.
  const whole = width * (4 * stream + attention + inner) + masks + logSums;
  return recomputation === 'selective' ? whole : whole + scores * (2 * width + 1);
}

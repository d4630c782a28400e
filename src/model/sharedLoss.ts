// The loss of heads that are too small to divide: every tensor-parallel rank computes all of it, and takes its share of the gradient, so that
// the ranks' gradients add up to the whole as those of divided layers do. It knows no parameters.

import type { Tensor } from '../gpu/graph';
import type { LayerTracer } from './layerTracer';
import type { LossGoal } from './modelLayers';

/** @param logits [items, classes], which training overwrites with the rank's share of their gradient */
export function sharedLoss({ trace, split }: LayerTracer, logits: Tensor, { targets, loss, gradient }: LossGoal): void {
  trace.scope = 'loss.';
  trace.apply('crossEntropy', { logits, targets, loss }, { gradient, share: 1 / split.parts });
  trace.scope = '';
}

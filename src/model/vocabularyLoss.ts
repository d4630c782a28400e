// The loss of a language model: cross-entropy over the whole vocabulary, or over the ranks' parts of it, whose statistics are exchanged
// (Shoeybi et al. 2019, section 3). It knows no parameters.

import { partOf } from '../core/partition';
import type { Tensor } from '../gpu/graph';
import type { LayerTracer } from './layerTracer';
import type { LossGoal } from './modelLayers';

/** @param logits [N, own V] of all rows, which training overwrites with their gradient */
export function vocabularyLoss(
  { trace, split, whole, shape }: LayerTracer,
  logits: Tensor,
  vocabulary: number,
  { targets, loss, gradient, teacher }: LossGoal,
): void {
  if (whole && teacher) {
    const { logits: taught, temperature, alpha } = teacher;
    trace.scope = '';
    trace.apply('distillationLoss', { logits, teacher: taught, targets, loss }, { temperature, alpha, gradient });
    return;
  }
  if (whole) {
    trace.scope = '';
    trace.apply('crossEntropy', { logits, targets, loss }, { gradient });
    return;
  }
  const firstToken = partOf(vocabulary, split.parts, split.index).start;
  trace.scope = 'loss.';
  const { statistics } = trace.apply('crossEntropyStatistics', { logits, targets }, { firstToken });
  const gathered = trace.apply(
    'allGather',
    { x: statistics },
    { rows: new Array<number>(split.parts).fill(shape.batch * shape.tokens), index: split.index },
  ).y;
  trace.apply('crossEntropyMerge', { logits, targets, gathered, loss }, { gradient, firstToken });
  trace.scope = '';
}

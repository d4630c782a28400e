// What a shard of the vocabulary knows of each row's cross-entropy: largest logit, sum of exp(logit - largest), and the target's logit where it
// lies here (else 0, so that the sum over shards is that logit). Ranks gather these three numbers a row, never the logits, for crossEntropyMerge
// (Shoeybi et al. 2019, section 3).

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation, requireShape } from '../operation';
import { planCrossEntropyStatistics, STATISTICS } from '../plans/vocabularyCrossEntropy';

export interface CrossEntropyStatisticsTypes {
  readonly inputs: {
    /** [N, V]: columns firstToken to firstToken + V - 1. */
    readonly logits: Tensor;
    /** i32 [N], ids of the whole vocabulary; -100 is not counted. */
    readonly targets: Tensor;
  };
  readonly attributes: { readonly firstToken: number };
  readonly outputs: { /** [N, 3] */ readonly statistics: Tensor };
}

export const crossEntropyStatistics: Operation<CrossEntropyStatisticsTypes> = {
  outputs(make, { logits, targets }) {
    requireShape(
      logits.shape.length === 2 && logits.shape[1] >= 1 && logits.shape[0] === targets.shape[0],
      'crossEntropyStatistics',
      `logits [${logits.shape}], targets [${targets.shape}]`,
    );
    return { statistics: make('statistics', [logits.shape[0], STATISTICS]) };
  },
  forward(emit, { inputs, outputs, attributes: { firstToken } }) {
    const [rows, columns] = inputs.logits.shape;
    for (const dispatch of planCrossEntropyStatistics({ rows, columns, firstToken }, emit.choices.family))
      emit.call('statistics', dispatch, { ...inputs, ...outputs });
  },
  backward: nonDifferentiable('crossEntropyMerge leaves the whole gradient of the loss in the logits'),
};

// The best tokens of each row of logits, with the entropy and where a target stands: all of a vocabulary that a look inside reads back.

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation, requireShape } from '../operation';
import { planTopTokens, rankingStride } from '../plans/topTokens';

export interface TopTokensTypes {
  readonly inputs: {
    /** [N, V] */
    readonly logits: Tensor;
    /** i32 [N]; -100 for none. */
    readonly targets: Tensor;
  };
  readonly attributes: { /** Tokens a row, at most V. */ readonly top: number };
  readonly outputs: { /** [N, rankingStride(top)]: see shaders/top_tokens.wgsl */ readonly ranking: Tensor };
}

export const topTokens: Operation<TopTokensTypes> = {
  outputs(make, { logits, targets }, { top }) {
    requireShape(
      logits.shape.length === 2 && logits.shape[0] === targets.shape[0] && top >= 1 && top <= logits.shape[1],
      'topTokens',
      `logits [${logits.shape}], targets [${targets.shape}], top ${top}`,
    );
    return { ranking: make('ranking', [logits.shape[0], rankingStride(top)]) };
  },
  forward(emit, { inputs, outputs, attributes: { top } }) {
    const [rows, vocabulary] = inputs.logits.shape;
    for (const dispatch of planTopTokens({ rows, vocabulary, top }, emit.choices.family))
      emit.call('rank', dispatch, { ...inputs, ...outputs });
  },
  backward: nonDifferentiable('a ranking of tokens has no gradient'),
};

// Attention of new rows over the cached keys and values of their texts, the rows' own among them.

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation } from '../operation';
import type { CacheProblem } from '../plans/appendKeyValue';
import { planCachedAttention } from '../plans/cachedAttention';
import { requireCacheShape } from './appendKeyValue';

export interface CachedAttentionTypes {
  readonly inputs: {
    /** [B * T, (heads + 2 kvHeads) headDim], of which the queries are read. */
    readonly qkv: Tensor;
    /** u32 [B] */
    readonly firstPositions: Tensor;
    /** [B, capacity, 2 kvHeads headDim], after appendKeyValue. */
    readonly cache: Tensor;
  };
  readonly attributes: CacheProblem;
  readonly outputs: { /** [B * T, heads headDim] */ readonly out: Tensor };
}

export const cachedAttention: Operation<CachedAttentionTypes> = {
  outputs(make, { qkv }, problem) {
    requireCacheShape('cachedAttention', qkv, problem);
    return { out: make('out', [qkv.shape[0], problem.heads * problem.headDim]) };
  },
  forward(emit, { inputs: { qkv, firstPositions, cache }, outputs: { out }, attributes }) {
    for (const dispatch of planCachedAttention(attributes, emit.choices.family))
      emit.call('forward', dispatch, { qkv, cache, first_positions: firstPositions, out });
  },
  backward: nonDifferentiable('training attends over whole sequences'),
};

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
    const { dispatches, spans } = planCachedAttention(attributes, emit.choices.family);
    const tensors = { qkv, cache, first_positions: firstPositions, out };
    const items = qkv.shape[0] * attributes.heads * spans;
    const scratch =
      spans === 1
        ? {}
        : {
            parts: emit.scratch('spans', [items, attributes.headDim]),
            statistics: emit.scratch('span statistics', [items, 2]),
          };
    for (const dispatch of dispatches) emit.call('forward', dispatch, { ...tensors, ...scratch });
  },
  backward: nonDifferentiable('training attends over whole sequences'),
};

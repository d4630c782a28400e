// Puts the keys and values of new rows into the cache that later rows attend to. It has no output: the cache outlives the program.

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation, requireShape } from '../operation';
import { type CacheProblem, planAppendKeyValue } from '../plans/appendKeyValue';

export interface AppendKeyValueTypes {
  readonly inputs: {
    /** [B * T, (heads + 2 kvHeads) headDim] */
    readonly qkv: Tensor;
    /** u32 [B] */
    readonly firstPositions: Tensor;
    /** [B, capacity, 2 kvHeads headDim] */
    readonly cache: Tensor;
  };
  readonly attributes: CacheProblem;
  readonly outputs: Readonly<Record<string, never>>;
}

/** @throws RangeError where the packed rows have another shape than the problem says. */
export function requireCacheShape(operation: string, qkv: Tensor, problem: CacheProblem): void {
  const { batch, tokens, heads, kvHeads, headDim } = problem;
  requireShape(
    qkv.shape[0] === batch * tokens && qkv.shape[1] === (heads + 2 * kvHeads) * headDim,
    operation,
    `qkv is [${qkv.shape}] for batch ${batch}, tokens ${tokens}, heads ${heads}/${kvHeads} of ${headDim}`,
  );
}

export const appendKeyValue: Operation<AppendKeyValueTypes> = {
  outputs(_make, { qkv }, problem) {
    requireCacheShape('appendKeyValue', qkv, problem);
    return {};
  },
  forward(emit, { inputs: { qkv, firstPositions, cache }, attributes }) {
    for (const dispatch of planAppendKeyValue(attributes, emit.choices.family))
      emit.call('append', dispatch, { qkv, first_positions: firstPositions, cache });
  },
  backward: nonDifferentiable('training has all keys at hand and keeps no cache'),
};

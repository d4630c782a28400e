// Plans the copy of new keys and values to their places in the cache.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

/** Rows [B, T] that go on texts of at most `capacity` tokens. */
export interface CacheProblem {
  readonly batch: number;
  /** Rows a text. */
  readonly tokens: number;
  /** Query heads. */
  readonly heads: number;
  /** Divides heads. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly capacity: number;
  /** Keys that a row sees, itself and those before it; all of them where left out. The cache keeps all. */
  readonly window?: number;
}

/** Tensors: qkv [B*T, (heads + 2 kvHeads) headDim], first_positions (u32 [B]), cache [B, capacity, 2 kvHeads headDim] (written in part). */
export function planAppendKeyValue(problem: CacheProblem, family: PlanFamily): PlannedDispatch[] {
  const { batch, tokens, heads, kvHeads, headDim, capacity } = problem;
  const width = 2 * kvHeads * headDim;
  const count = batch * tokens * width;
  const rowWidth = heads * headDim + width;
  const { vec4, overrides, workgroups } = planElementwise(count, family, width % 4 === 0 ? rowWidth : width);
  return [
    {
      kernel: 'append_key_value',
      flags: { VEC4: vec4 },
      overrides,
      params: { count, tokens, width, row_width: rowWidth, capacity },
      workgroups,
      flops: 0,
      bytes: 8 * count,
    },
  ];
}

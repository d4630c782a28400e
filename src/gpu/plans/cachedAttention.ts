// Plans attention of few query rows over cached keys and values: a thread a row and head, or on a GPU a workgroup.

import type { CacheProblem } from './appendKeyValue';
import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';

/**
 * Threads of a workgroup that take a row's head together; more where a head has more quads of dims than that, and where there are few rows: then
 * the turns that one row's keys take, not the workgroups, are what is waited for.
 */
const LANES = 64;
const MOST_LANES = 256;
/** Rows' heads that do not fill a GPU. */
const FEW_PAIRS = 256;
const BLOCKED_WORKGROUP = 4;

/**
 * Tensors: qkv [B*T, (heads + 2 kvHeads) headDim], cache [B, capacity, 2 kvHeads headDim], first_positions (u32 [B]), out [B*T, heads headDim].
 * flops and bytes are those of full texts.
 * @throws RangeError for heads that do not divide, or too long for a workgroup, or a window that is no positive integer.
 */
export function planCachedAttention(problem: CacheProblem, family: PlanFamily): PlannedDispatch[] {
  const { batch, tokens, heads, kvHeads, headDim, capacity, window = capacity } = problem;
  const windowed = window < capacity;
  const seen = windowed ? window : capacity;
  const quads = Math.ceil(headDim / 4);
  if (heads % kvHeads !== 0) throw new RangeError(`${heads} query heads do not divide over ${kvHeads} key/value heads`);
  if (!(Number.isInteger(window) && window >= 1)) throw new RangeError(`a window is a positive integer, got ${window}`);
  if (quads > MOST_LANES) throw new RangeError(`a head of ${headDim} is too long: at most ${4 * MOST_LANES}`);
  const pairs = batch * tokens * heads;
  const many = quads > LANES || (pairs <= FEW_PAIRS && seen > LANES);
  const lanes = family === 'blocked' ? 1 : many ? MOST_LANES : LANES;
  return [
    {
      kernel: 'attention_cached',
      flags: { D: headDim, VEC4: headDim % 4 === 0, WINDOW: windowed, LANES: lanes },
      overrides: { WORKGROUP: family === 'blocked' ? BLOCKED_WORKGROUP : lanes },
      params: {
        batch,
        tokens,
        heads,
        kv_heads: kvHeads,
        capacity,
        scale: 1 / Math.sqrt(headDim),
        ...(windowed ? { window } : {}),
      },
      workgroups: foldWorkgroups(family === 'blocked' ? Math.ceil(pairs / BLOCKED_WORKGROUP) : pairs),
      flops: 4 * pairs * headDim * seen,
      bytes: 4 * (2 * pairs * headDim + batch * seen * 2 * kvHeads * headDim),
    },
  ];
}

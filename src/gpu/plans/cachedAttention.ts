// Plans attention of few query rows over cached keys and values: a thread a row and head, or on a GPU a workgroup; in long contexts, where few of
// either would leave a device idle, several of them over spans of the keys.

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
const MERGE_WORKGROUP = 64;

/** Keys of the longest text from which on they are split: for fewer the second dispatch costs more than it saves. */
export const LONG_CONTEXT = { tiled: 512, blocked: 128 } as const;
/** Rows of a text in one step that are still decoding, not filling. */
const MOST_SPLIT_ROWS = 16;
/** Threads or workgroups that keep a device busy: several for each of a GPU's cores, two groups of four for each of a processor's few. */
const ENOUGH = { tiled: 512, blocked: 32 } as const;
/** Keys that are worth a thread or workgroup of their own. */
const LEAST_SPAN = 64;

export interface CachedAttentionPlan {
  /** Those of a short context, then those of a long one, where there are two ways. */
  readonly dispatches: readonly PlannedDispatch[];
  /** Spans that the keys of a row's head are split into in a long context; 1 where they never are. */
  readonly spans: number;
}

/**
 * Tensors: qkv [B*T, (heads + 2 kvHeads) headDim], cache [B, capacity, 2 kvHeads headDim], first_positions (u32 [B]), out [B*T, heads headDim]; with
 * spans also parts [B*T, heads, spans, headDim] and statistics [B*T, heads, spans, 2]. flops and bytes are those of full texts.
 * @throws RangeError for heads that do not divide, or too long for a workgroup, or a window that is no positive integer.
 */
export function planCachedAttention(problem: CacheProblem, family: PlanFamily): CachedAttentionPlan {
  const { batch, tokens, heads, kvHeads, headDim, capacity, window = capacity } = problem;
  const windowed = window < capacity;
  const seen = windowed ? window : capacity;
  const quads = Math.ceil(headDim / 4);
  if (heads % kvHeads !== 0) throw new RangeError(`${heads} query heads do not divide over ${kvHeads} key/value heads`);
  if (!(Number.isInteger(window) && window >= 1)) throw new RangeError(`a window is a positive integer, got ${window}`);
  if (quads > MOST_LANES) throw new RangeError(`a head of ${headDim} is too long: at most ${4 * MOST_LANES}`);
  const pairs = batch * tokens * heads;
  const attend = (spans: number): PlannedDispatch => {
    const many = quads > LANES || (spans === 1 && pairs <= FEW_PAIRS && seen > LANES);
    const lanes = family === 'blocked' ? 1 : many ? MOST_LANES : LANES;
    const items = pairs * spans;
    return {
      kernel: 'attention_cached',
      flags: { D: headDim, VEC4: headDim % 4 === 0, WINDOW: windowed, SPLIT: spans > 1, LANES: lanes },
      overrides: { WORKGROUP: family === 'blocked' ? BLOCKED_WORKGROUP : lanes },
      params: {
        batch,
        tokens,
        heads,
        kv_heads: kvHeads,
        capacity,
        scale: 1 / Math.sqrt(headDim),
        ...(windowed ? { window } : {}),
        ...(spans > 1 ? { spans } : {}),
      },
      workgroups: foldWorkgroups(family === 'blocked' ? Math.ceil(items / BLOCKED_WORKGROUP) : items),
      flops: 4 * pairs * headDim * seen,
      bytes: 4 * ((1 + spans) * pairs * headDim + batch * seen * 2 * kvHeads * headDim),
    };
  };
  const few = tokens <= MOST_SPLIT_ROWS && seen > LONG_CONTEXT[family];
  const spans = few ? Math.min(Math.ceil(seen / LEAST_SPAN), Math.ceil(ENOUGH[family] / pairs)) : 1;
  if (spans < 2) return { dispatches: [attend(1)], spans: 1 };
  const merge: PlannedDispatch = {
    kernel: 'attention_merge',
    flags: { D: headDim, VEC4: headDim % 4 === 0 },
    overrides: { WORKGROUP: MERGE_WORKGROUP },
    params: { pairs, spans },
    workgroups: foldWorkgroups(Math.ceil((pairs * quads) / MERGE_WORKGROUP)),
    flops: 2 * pairs * spans * headDim,
    bytes: 4 * pairs * (spans * (headDim + 2) + headDim),
  };
  return {
    dispatches: [
      { ...attend(1), context: 'short' },
      { ...attend(spans), context: 'long' },
      { ...merge, context: 'long' },
    ],
    spans,
  };
}

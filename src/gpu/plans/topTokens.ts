// Plans what rows of logits say of the next token: the best ones, the entropy, and where a target stands.

import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';
import { powerOfTwoAtMost } from './rowTeams';

export interface TopTokensProblem {
  readonly rows: number;
  readonly vocabulary: number;
  /** How many of the best, at most the vocabulary. */
  readonly top: number;
}

/** Numbers of a row: see shaders/top_tokens.wgsl. */
export function rankingStride(top: number): number {
  return 2 * top + 4;
}

/** From here on a token is not exact in f32. */
const MOST_TOKENS = 2 ** 24;
const MOST_LANES = 256;
const BLOCKED_LANES = 4;

/**
 * Tensors: logits [rows, vocabulary], targets (i32 [rows]), ranking [rows, rankingStride(top)].
 * @throws RangeError for a vocabulary of 2^24 tokens or more, and for `top` beyond it
 */
export function planTopTokens({ rows, vocabulary, top }: TopTokensProblem, family: PlanFamily): PlannedDispatch[] {
  if (vocabulary >= MOST_TOKENS || top > vocabulary)
    throw new RangeError(`the best ${top} of a vocabulary of ${vocabulary} cannot be ranked`);
  const lanes = family === 'blocked' ? BLOCKED_LANES : Math.min(MOST_LANES, powerOfTwoAtMost(vocabulary));
  return [
    {
      kernel: 'top_tokens',
      flags: { LANES: lanes },
      overrides: { WORKGROUP: lanes },
      params: { rows, vocabulary, top },
      workgroups: foldWorkgroups(rows),
      flops: 6 * rows * vocabulary,
      bytes: 4 * rows * (vocabulary + rankingStride(top)),
    },
  ];
}

// Plans cross-entropy over a shard of the vocabulary, in two parts: what a shard knows of each row, and, when all shards' statistics are
// together, the rows' loss and the shard's gradient. The sum of the losses is planned in crossEntropy.ts.

import type { PlanFamily, PlannedDispatch } from './plannedDispatch';
import { planRowTeams } from './rowTeams';

/** Largest logit, sum of exp(logit - largest), target's logit. */
export const STATISTICS = 3;

export interface VocabularyCrossEntropyProblem {
  readonly rows: number;
  /** V of the shard. */
  readonly columns: number;
  /** The token that column 0 stands for. */
  readonly firstToken: number;
}

/** Tensors: logits, targets (i32), statistics [rows, 3]. */
export function planCrossEntropyStatistics(
  { rows, columns, firstToken }: VocabularyCrossEntropyProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const { vec4, lanes, workgroup, workgroups } = planRowTeams(rows, columns, family);
  return [
    {
      kernel: 'cross_entropy_statistics',
      flags: { LANES: lanes, VEC4: vec4 },
      overrides: { WORKGROUP: workgroup },
      params: { rows, columns, first_token: firstToken },
      workgroups,
      flops: 5 * rows * columns,
      bytes: 4 * rows * (columns + 1 + STATISTICS),
    },
  ];
}

/** Tensors: targets (i32), gathered [parts, rows, 3], row_loss, and with `gradient` logits. Reads step.inverse_tokens for the gradient. */
export function planCrossEntropyMerge(
  {
    rows,
    columns,
    firstToken,
    parts,
    gradient,
  }: VocabularyCrossEntropyProblem & {
    readonly parts: number;
    /** Overwrite the logits with d_logits; false leaves them (evaluation). */
    readonly gradient: boolean;
  },
  family: PlanFamily,
): PlannedDispatch[] {
  // Without the gradient nothing goes along the row: a thread a row.
  const { vec4, lanes, workgroup, workgroups } = planRowTeams(rows, gradient ? columns : 1, family);
  return [
    {
      kernel: 'cross_entropy_merge',
      flags: { LANES: lanes, VEC4: vec4, GRADIENT: gradient },
      overrides: { WORKGROUP: workgroup },
      params: { rows, columns, first_token: firstToken, parts },
      workgroups,
      flops: rows * (5 * parts + (gradient ? 4 * columns : 0)),
      bytes: 4 * rows * (STATISTICS * parts + 2 + (gradient ? 2 * columns : 0)),
    },
  ];
}

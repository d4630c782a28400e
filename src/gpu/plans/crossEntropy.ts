// Plans the fused cross-entropy: loss of each row and, in place of the logits, their gradient. Also the sum of the losses.

import type { PlanFamily, PlannedDispatch } from './plannedDispatch';
import { planRowTeams, powerOfTwoAtMost } from './rowTeams';

export interface CrossEntropyProblem {
  readonly rows: number;
  /** V */
  readonly columns: number;
  /** Overwrite the logits with d_logits; false leaves them (evaluation). */
  readonly gradient: boolean;
  /** What the gradient is multiplied by; 1 where not given. */
  readonly share?: number;
}

/** Tensors: logits, targets (i32), row_loss. Reads step.inverse_tokens for the gradient. */
export function planCrossEntropy(
  { rows, columns, gradient, share = 1 }: CrossEntropyProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const { vec4, lanes, workgroup, workgroups } = planRowTeams(rows, columns, family);
  return [
    {
      kernel: 'cross_entropy',
      flags: { LANES: lanes, VEC4: vec4, GRADIENT: gradient },
      overrides: { WORKGROUP: workgroup },
      params: { rows, columns, ...(gradient ? { share } : {}) },
      workgroups,
      flops: (gradient ? 8 : 5) * rows * columns,
      bytes: 4 * ((gradient ? 2 : 1) * rows * columns + 2 * rows),
    },
  ];
}

export interface SumRowsProblem {
  readonly count: number;
  /** Element of `out` that takes the sum. */
  readonly offset: number;
  /** += instead of =. */
  readonly accumulate: boolean;
  /** Times step.inverse_tokens. */
  readonly scale: boolean;
}

/** Tensors: row_loss, out. */
export function planSumRows(
  { count, offset, accumulate, scale }: SumRowsProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const lanes = family === 'blocked' ? 1 : Math.max(32, Math.min(256, powerOfTwoAtMost(count)));
  return [
    {
      kernel: 'sum_rows',
      flags: { LANES: lanes, ACCUMULATE: accumulate, SCALE: scale },
      overrides: {},
      params: { count, offset },
      workgroups: [1, 1, 1],
      flops: count,
      bytes: 4 * (count + 1),
    },
  ];
}

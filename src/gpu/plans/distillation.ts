// Plans the fused loss of distillation: of each row the loss, and in place of the student's logits their gradient.

import type { PlanFamily, PlannedDispatch } from './plannedDispatch';
import { planRowTeams } from './rowTeams';

export interface DistillationProblem {
  readonly rows: number;
  /** V */
  readonly columns: number;
  /** What both sides' logits are divided by. */
  readonly temperature: number;
  /** The teacher's share of the loss, 0 to 1; the rest is the labels'. */
  readonly alpha: number;
  /** Overwrite the logits with d_logits; false leaves them. */
  readonly gradient: boolean;
}

/** Tensors: logits, teacher (both [rows, columns]), targets (i32), row_loss. Reads step.inverse_tokens for the gradient. */
export function planDistillationLoss(
  { rows, columns, temperature, alpha, gradient }: DistillationProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const { vec4, lanes, workgroup, workgroups } = planRowTeams(rows, columns, family);
  return [
    {
      kernel: 'distillation_loss',
      flags: { LANES: lanes, VEC4: vec4, GRADIENT: gradient },
      overrides: { WORKGROUP: workgroup },
      params: { rows, columns, temperature, alpha },
      workgroups,
      flops: (gradient ? 26 : 16) * rows * columns,
      bytes: 4 * ((gradient ? 3 : 2) * rows * columns + 2 * rows),
    },
  ];
}

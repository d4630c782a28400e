// Plans softmax over the rows of an array, forward and backward.

import type { PlanFamily, PlannedDispatch } from './plannedDispatch';
import { planRowTeams } from './rowTeams';

export interface SoftmaxProblem {
  readonly rows: number;
  readonly columns: number;
}

function plan(
  kernel: string,
  { rows, columns }: SoftmaxProblem,
  arrays: number,
  flops: number,
  family: PlanFamily,
): PlannedDispatch[] {
  const { vec4, lanes, workgroup, workgroups } = planRowTeams(rows, columns, family);
  return [
    {
      kernel,
      flags: { LANES: lanes, VEC4: vec4 },
      overrides: { WORKGROUP: workgroup },
      params: { rows, columns },
      workgroups,
      flops: flops * rows * columns,
      bytes: 4 * arrays * rows * columns,
    },
  ];
}

/** Tensors: x, y. */
export function planSoftmaxForward(problem: SoftmaxProblem, family: PlanFamily): PlannedDispatch[] {
  return plan('softmax_forward', problem, 2, 6, family);
}

/** Tensors: d_y, y, d_x. */
export function planSoftmaxBackward(problem: SoftmaxProblem, family: PlanFamily): PlannedDispatch[] {
  return plan('softmax_backward', problem, 3, 4, family);
}

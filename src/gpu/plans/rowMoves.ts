// Plans what moves whole rows or columns of small matrices: a transposition, and the first row of each sequence.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

/** Tensors: x [rows, columns], y [columns, rows]. */
export function planTranspose(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  family: PlanFamily,
): PlannedDispatch[] {
  const count = rows * columns;
  const { vec4, overrides, workgroups } = planElementwise(count, family, 1);
  const params = { count, rows, columns };
  return [{ kernel: 'transpose', flags: { VEC4: vec4 }, overrides, params, workgroups, flops: 0, bytes: 8 * count }];
}

export interface FirstRowsProblem {
  /** R: rows of y. */
  readonly rows: number;
  readonly columns: number;
  /** Rows of x for each of y's. */
  readonly stride: number;
  /** x from y instead of y from x. */
  readonly backward: boolean;
}

/** Tensors: x [rows * stride, columns], y [rows, columns]. */
export function planFirstRows(
  { rows, columns, stride, backward }: FirstRowsProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const count = rows * columns * (backward ? stride : 1);
  const { vec4, overrides, workgroups } = planElementwise(count, family, columns);
  return [
    {
      kernel: 'first_rows',
      flags: { VEC4: vec4, BACKWARD: backward },
      overrides,
      params: { count, columns, stride },
      workgroups,
      flops: 0,
      bytes: 4 * rows * columns * (backward ? stride + 1 : 2),
    },
  ];
}

// Plans the sum of rows and a multiple of narrower rows that stand in some of their columns, and its gradient.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

export interface AddColumnsProblem {
  readonly rows: number;
  readonly columns: number;
  /** Columns of the part, the first of which is added to column `first`. */
  readonly width: number;
  readonly first: number;
  readonly scale: number;
}

function plan(
  { rows, columns, width, first, scale }: AddColumnsProblem,
  backward: boolean,
  family: PlanFamily,
): PlannedDispatch[] {
  const count = rows * (backward ? width : columns);
  // All three lengths must be whole packs.
  const quads = [columns, width, first].every((length) => length % 4 === 0);
  const { vec4, overrides, workgroups } = planElementwise(count, family, quads ? 4 : 1);
  return [
    {
      kernel: 'add_columns',
      flags: { VEC4: vec4, BACKWARD: backward },
      overrides,
      params: { count, columns, width, first, scale },
      workgroups,
      flops: (backward ? 1 : 2) * rows * width,
      bytes: 4 * rows * (backward ? 2 * width : 2 * columns + width),
    },
  ];
}

/** Tensors: base [rows, columns], part [rows, width], y = base + scale * part in its columns. */
export function planAddColumns(problem: AddColumnsProblem, family: PlanFamily): PlannedDispatch[] {
  return plan(problem, false, family);
}

/** Tensors: d_y [rows, columns], d_part [rows, width]. */
export function planAddColumnsBackward(problem: AddColumnsProblem, family: PlanFamily): PlannedDispatch[] {
  return plan(problem, true, family);
}

// Plans the addition of a bias and a residual, for where ranks add their parts of a product before it.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

export interface BiasResidualProblem {
  readonly rows: number;
  readonly columns: number;
  readonly residual: boolean;
}

/** Tensors: x, bias, residual (if so), y. */
export function planBiasResidual(
  { rows, columns, residual }: BiasResidualProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const count = rows * columns;
  const { vec4, overrides, workgroups } = planElementwise(count, family, columns);
  return [
    {
      kernel: 'bias_residual',
      flags: { VEC4: vec4, RESIDUAL: residual },
      overrides,
      params: { count, columns },
      workgroups,
      flops: (residual ? 2 : 1) * count,
      bytes: 4 * ((residual ? 3 : 2) * count + columns),
    },
  ];
}

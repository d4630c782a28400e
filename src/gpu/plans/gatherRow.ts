// Plans the copy of one row, chosen by the step block: the last hidden state in generation.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

/** Tensors: x [N, columns], y [columns] = row step.position of x. */
export function planGatherRow({ columns }: { readonly columns: number }, family: PlanFamily): PlannedDispatch[] {
  const { vec4, overrides, workgroups } = planElementwise(columns, family);
  return [
    {
      kernel: 'gather_row',
      flags: { VEC4: vec4 },
      overrides,
      params: { count: columns },
      workgroups,
      flops: 0,
      bytes: 8 * columns,
    },
  ];
}

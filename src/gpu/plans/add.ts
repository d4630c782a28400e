// Plans the sum of two arrays, for where no epilogue adds the residual.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

/** Tensors: a, b, c = a + b. */
export function planAdd({ count }: { readonly count: number }, family: PlanFamily): PlannedDispatch[] {
  const { vec4, overrides, workgroups } = planElementwise(count, family);
  return [
    { kernel: 'add', flags: { VEC4: vec4 }, overrides, params: { count }, workgroups, flops: count, bytes: 12 * count },
  ];
}

// Plans the addition of position vectors to a run of rows of the stream. Its gradient is planned in embedding.ts: the same sum.

import { planElementwise } from './elementwise';
import type { PositionsProblem } from './embedding';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

/** Tensors: x, wpe, y. */
export function planPositions(
  { rows, columns, tokens, firstRow }: PositionsProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const count = rows * columns;
  const { vec4, overrides, workgroups } = planElementwise(count, family, columns);
  return [
    {
      kernel: 'positions',
      flags: { VEC4: vec4 },
      overrides,
      params: { count, sequence_elements: tokens * columns, first_element: (firstRow % tokens) * columns },
      workgroups,
      flops: count,
      bytes: 4 * (2 * count + Math.min(rows, tokens) * columns),
    },
  ];
}

// Plans the sum of rows of d_y [rows, columns] into d_bias, for a bias gradient that no matmul fused.

import { planColumnStrips } from './columnStrips';
import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';

export interface ColumnSumPlan {
  /** One dispatch, or two over scratch. */
  readonly dispatches: readonly PlannedDispatch[];
  /** Lines of the scratch tensor `partial` [partials, columns]; 0 where there is none. */
  readonly partials: number;
}

const TILED_WORKGROUPS = 264;
/** Fewer rows than this a workgroup are not worth a second dispatch. */
const ROWS_PER_GROUP = 256;

/** Tensors: d_y, d_bias (+=), partial. */
export function planColumnSum(
  problem: { readonly rows: number; readonly columns: number },
  family: PlanFamily,
): ColumnSumPlan {
  const { rows, columns } = problem;
  const vec4 = columns % 4 === 0;
  const { lanes, strip, count } = planColumnStrips(columns, vec4, family);
  const sum = (
    lines: number,
    rowsPerGroup: number,
    groups: number,
    accumulate: boolean,
    buffers: Record<string, string>,
  ): PlannedDispatch => ({
    kernel: 'column_sum',
    flags: { LANES: lanes, STRIP: strip, VEC4: vec4, ACCUMULATE: accumulate },
    overrides: {},
    params: { rows: lines, columns, rows_per_group: rowsPerGroup },
    workgroups: foldWorkgroups(count * groups),
    flops: lines * columns,
    bytes: 4 * columns * (lines + (accumulate ? 2 : 1) * groups),
    buffers,
  });
  const wanted =
    family === 'blocked' ? 1 : Math.min(Math.ceil(TILED_WORKGROUPS / count), Math.floor(rows / ROWS_PER_GROUP));
  if (wanted <= 1)
    return { partials: 0, dispatches: [sum(rows, Math.max(1, rows), 1, true, { d_y: 'd_y', d_bias: 'd_bias' })] };
  const rowsPerGroup = Math.ceil(rows / wanted);
  const partials = Math.ceil(rows / rowsPerGroup);
  return {
    partials,
    dispatches: [
      sum(rows, rowsPerGroup, partials, false, { d_y: 'd_y', d_bias: 'partial' }),
      sum(partials, partials, 1, true, { d_y: 'partial', d_bias: 'd_bias' }),
    ],
  };
}

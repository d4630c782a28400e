// Plans layer norm and RMS norm, forward and backward, with the reduction of the weight gradients over rows.

import { planColumnStrips } from './columnStrips';
import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';
import { planRowTeams } from './rowTeams';

export interface NormProblem {
  readonly rows: number;
  readonly columns: number;
  /** Root-mean-square norm: no mean, no bias. */
  readonly rms: boolean;
  /** The rows are heads of packed rows: so many of each, from an element of the row on. */
  readonly heads?: HeadRows;
}

export interface HeadRows {
  readonly heads: number;
  readonly rowWidth: number;
  readonly first: number;
}

function headParams({ heads }: NormProblem): Readonly<Record<string, number>> {
  return heads ? { heads: heads.heads, row_width: heads.rowWidth, first: heads.first } : {};
}

/** Tensors: x, weight, bias (unless rms), y, stats [rows, 2]. */
export function planNormForward(
  problem: NormProblem & { readonly epsilon: number },
  family: PlanFamily,
): PlannedDispatch[] {
  const { rows, columns, rms, heads, epsilon } = problem;
  const { vec4, lanes, workgroup, workgroups } = planRowTeams(rows, columns, family);
  return [
    {
      kernel: 'norm_forward',
      flags: { LANES: lanes, VEC4: vec4, RMS: rms, HEADS: heads !== undefined },
      overrides: { WORKGROUP: workgroup },
      params: { rows, columns, epsilon, ...headParams(problem) },
      workgroups,
      flops: 8 * rows * columns,
      bytes: 4 * (2 * rows * columns + (rms ? 1 : 2) * columns + 2 * rows),
    },
  ];
}

export interface NormBackwardPlan {
  /** norm_backward, then column_reduce. */
  readonly dispatches: readonly [PlannedDispatch, PlannedDispatch];
  /** P: lines of the scratch tensor `partial` [P, 2 * columns]. */
  readonly partials: number;
}

/** Enough workgroups to keep a large GPU busy, few enough that their sums stay small beside the arrays. */
const TILED_GROUPS = 1024;
const BLOCKED_GROUPS = 64;
const BLOCKED_WORKGROUP = 4;
/** Packs of a row that a lane holds in registers. */
const PACKS_PER_LANE = 8;

/** Tensors: d_y, x, weight, stats, d_x, partial; then partial, d_weight, d_bias (unless rms). */
export function planNormBackward(
  problem: NormProblem & { readonly accumulate: boolean },
  family: PlanFamily,
): NormBackwardPlan {
  const { rows, columns, rms, accumulate } = problem;
  const teams = planRowTeams(rows, columns, family, PACKS_PER_LANE);
  const packs = teams.vec4 ? columns / 4 : columns;
  const blocked = teams.lanes === 1 && family === 'blocked';
  // One team a workgroup is the least a group of rows can be; a lone lane needs the other path of the kernel.
  const lanes = blocked ? 1 : Math.max(2, teams.lanes);
  const workgroup = blocked ? BLOCKED_WORKGROUP : Math.max(64, lanes);
  const teamsPerGroup = blocked ? 1 : workgroup / lanes;
  const rowsPerTeam = Math.max(1, Math.ceil(rows / (teamsPerGroup * (blocked ? BLOCKED_GROUPS : TILED_GROUPS))));
  const partials = Math.ceil(rows / (teamsPerGroup * rowsPerTeam));
  const strips = planColumnStrips(rms ? columns : 2 * columns, teams.vec4, family);
  return {
    partials,
    dispatches: [
      {
        kernel: 'norm_backward',
        flags: {
          LANES: lanes,
          VEC4: teams.vec4,
          RMS: rms,
          HEADS: problem.heads !== undefined,
          ACCUMULATE: accumulate,
          HOLD: blocked ? 0 : Math.ceil(packs / lanes),
        },
        overrides: { WORKGROUP: workgroup },
        params: { rows, columns, rows_per_team: rowsPerTeam, ...headParams(problem) },
        workgroups: foldWorkgroups(blocked ? Math.ceil(partials / workgroup) : partials),
        flops: 14 * rows * columns,
        bytes: 4 * ((accumulate ? 4 : 3) * rows * columns + columns + 2 * rows + 2 * partials * columns),
      },
      {
        kernel: 'column_reduce',
        flags: { LANES: strips.lanes, STRIP: strips.strip, VEC4: teams.vec4, RMS: rms },
        overrides: {},
        params: { partials, columns },
        workgroups: foldWorkgroups(strips.count),
        flops: (rms ? 1 : 2) * partials * columns,
        bytes: 4 * (rms ? 1 : 2) * (partials + 2) * columns,
      },
    ],
  };
}

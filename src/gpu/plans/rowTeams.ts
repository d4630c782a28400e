// How threads share the rows of a [rows, columns] array: so many lanes a row, so many rows a workgroup.
// Used by every kernel that reduces along rows. Pure arithmetic.

import { foldWorkgroups, type PlanFamily } from './plannedDispatch';

export interface RowTeams {
  /** Rows are read as vec4f: their length divides by 4. */
  readonly vec4: boolean;
  /** Threads a row, a power of two; 1 means no workgroup memory and no barrier. */
  readonly lanes: number;
  readonly workgroup: number;
  /** One row a team of lanes. */
  readonly workgroups: readonly [number, number, number];
}

/** Largest workgroup of the floor profile. */
const LARGEST_WORKGROUP = 256;
/** A software adapter runs the threads of a workgroup on one core, four at a time: small workgroups spread over its cores. */
const BLOCKED_WORKGROUP = 4;

export function powerOfTwoAtMost(value: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, value)));
}

/**
 * Tiled: the rows of a small array spread over many small workgroups (latency), long rows take whole workgroups (bandwidth).
 * @param packsPerLane how many vec4f (or scalars) a lane should take before another lane joins in
 */
export function planRowTeams(rows: number, columns: number, family: PlanFamily, packsPerLane = 4): RowTeams {
  const vec4 = columns % 4 === 0;
  if (family === 'blocked') {
    return {
      vec4,
      lanes: 1,
      workgroup: BLOCKED_WORKGROUP,
      workgroups: foldWorkgroups(Math.ceil(rows / BLOCKED_WORKGROUP)),
    };
  }
  const packs = vec4 ? columns / 4 : columns;
  // Up to one warp a row, a lane per pack; wider rows keep every lane busy with packsPerLane packs.
  const wanted = packs <= 32 * packsPerLane ? Math.min(32, packs) : packs / packsPerLane;
  const lanes = Math.min(LARGEST_WORKGROUP, powerOfTwoAtMost(wanted));
  const workgroup = Math.max(lanes, 64);
  return { vec4, lanes, workgroup, workgroups: foldWorkgroups(Math.ceil(rows / (workgroup / lanes))) };
}

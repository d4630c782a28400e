// How threads share an array whose elements do not depend on each other: a pack (vec4f, or one scalar) a thread and turn.
// Used by every pointwise kernel. Pure arithmetic.

import { foldWorkgroups, type PlanFamily } from './plannedDispatch';

export interface ElementwisePlan {
  readonly vec4: boolean;
  readonly overrides: { readonly WORKGROUP: number; readonly TURNS: number };
  readonly workgroups: readonly [number, number, number];
}

/**
 * @param count elements
 * @param divisor what must divide by 4 for the vec4 path besides the count (a row length, the end of a range)
 */
export function planElementwise(count: number, family: PlanFamily, divisor = 4): ElementwisePlan {
  const vec4 = count % 4 === 0 && divisor % 4 === 0;
  const packs = vec4 ? count / 4 : count;
  // Few threads on a small array would leave most of a GPU idle; many turns a thread save launches on a large one.
  const workgroup = family === 'blocked' ? 16 : packs >= 65_536 ? 256 : 64;
  const turns = family === 'blocked' ? 8 : packs >= 4_194_304 ? 4 : 1;
  return {
    vec4,
    overrides: { WORKGROUP: workgroup, TURNS: turns },
    workgroups: foldWorkgroups(Math.ceil(packs / (workgroup * turns))),
  };
}

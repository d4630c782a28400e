// Plans the global gradient norm: parts over one or several arenas, then norm, non-finite count and clip scale in one place.

import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';
import { powerOfTwoAtMost } from './rowTeams';

export interface GradientNormProblem {
  /** Elements of each arena or chunk. */
  readonly counts: readonly number[];
  /** 0 turns clipping off. */
  readonly maxNorm: number;
}

export interface GradientNormPlan {
  /** A gradient_norm for each of `counts`, in order. Tensors: gradients (that chunk), partial. */
  readonly parts: readonly PlannedDispatch[];
  /** Tensors: partial, metrics. */
  readonly finish: PlannedDispatch;
  /** P: `partial` is [P, 2]. */
  readonly partials: number;
}

const TILED_PARTS = 1024;
const TILED_WORKGROUP = 256;
/** Threads of a software adapter: enough for its cores and their four lanes, few enough for the last sum. */
const BLOCKED_PARTS = 64;
const BLOCKED_WORKGROUP = 4;

/** Parts over `counts`, without the finish: also Muon's norm of one matrix. */
export function planNormParts(
  counts: readonly number[],
  family: PlanFamily,
  largestParts = TILED_PARTS,
): { parts: PlannedDispatch[]; partials: number } {
  const lanes = family === 'blocked' ? 1 : TILED_WORKGROUP;
  let partials = 0;
  const parts = counts.map((count): PlannedDispatch => {
    const vec4 = count % 4 === 0;
    const packs = vec4 ? count / 4 : count;
    const here = Math.max(1, Math.min(family === 'blocked' ? BLOCKED_PARTS : largestParts, Math.ceil(packs / lanes)));
    const first = partials;
    partials += here;
    return {
      kernel: 'gradient_norm',
      flags: { LANES: lanes, VEC4: vec4 },
      overrides: { WORKGROUP: family === 'blocked' ? BLOCKED_WORKGROUP : TILED_WORKGROUP },
      params: { count, partials: here, first_partial: first },
      workgroups: foldWorkgroups(family === 'blocked' ? Math.ceil(here / BLOCKED_WORKGROUP) : here),
      flops: 2 * count,
      bytes: 4 * count + 8 * here,
    };
  });
  return { parts, partials };
}

export function planGradientNorm({ counts, maxNorm }: GradientNormProblem, family: PlanFamily): GradientNormPlan {
  const { parts, partials } = planNormParts(counts, family);
  return {
    parts,
    partials,
    finish: {
      kernel: 'gradient_norm_finish',
      flags: { LANES: family === 'blocked' ? 1 : Math.max(32, Math.min(256, powerOfTwoAtMost(partials))), VEC4: false },
      overrides: {},
      params: { partials, max_norm: maxNorm },
      workgroups: [1, 1, 1],
      flops: 2 * partials,
      bytes: 8 * partials + 12,
    },
  };
}

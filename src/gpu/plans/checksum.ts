// Plans the fingerprint of parameters: parts, then their sum. The rule is src/reference/checksum.ts.

import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';
import { powerOfTwoAtMost } from './rowTeams';

export interface ChecksumProblem {
  readonly count: number;
  /** Index of the first element in the whole, so that shards add up. */
  readonly firstIndex: number;
}

export interface ChecksumPlan {
  /** checksum (tensors: parameters, partial), then checksum_finish (partial, out). All are u32. */
  readonly dispatches: readonly [PlannedDispatch, PlannedDispatch];
  /** Elements of `partial`. */
  readonly partials: number;
}

export function planChecksum({ count, firstIndex }: ChecksumProblem, family: PlanFamily): ChecksumPlan {
  const lanes = family === 'blocked' ? 1 : 256;
  const workgroup = family === 'blocked' ? 4 : 256;
  const partials = Math.max(1, Math.min(family === 'blocked' ? 64 : 512, Math.ceil(count / lanes)));
  return {
    partials,
    dispatches: [
      {
        kernel: 'checksum',
        flags: { LANES: lanes },
        overrides: { WORKGROUP: workgroup },
        params: { count, first_index: firstIndex, partials },
        workgroups: foldWorkgroups(Math.ceil((partials * lanes) / workgroup)),
        flops: 0,
        bytes: 4 * (count + partials),
      },
      {
        kernel: 'checksum_finish',
        flags: { LANES: family === 'blocked' ? 1 : Math.max(32, Math.min(256, powerOfTwoAtMost(partials))) },
        overrides: {},
        params: { partials },
        workgroups: [1, 1, 1],
        flops: 0,
        bytes: 4 * (partials + 1),
      },
    ],
  };
}

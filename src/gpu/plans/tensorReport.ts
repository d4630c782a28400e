// Plans a look at one tensor where it lies: statistics, a histogram over its own range, and a picture of at most 128 x 128 cells.

import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';
import { powerOfTwoAtMost } from './rowTeams';

export interface TensorReportProblem {
  readonly rows: number;
  readonly columns: number;
  /** Elements of the binding before the tensor. */
  readonly first: number;
}

export interface TensorReportPlan {
  /** Tensors: watched, partial, statistics, counts, map. */
  readonly dispatches: readonly PlannedDispatch[];
  /** Elements of `partial`. */
  readonly partial: number;
  /** Cells of `map`, which has two numbers each. */
  readonly height: number;
  readonly width: number;
}

export const HISTOGRAM_BINS = 64;
/** Numbers of `statistics`: least, greatest, mean, root mean square. */
export const STATISTICS_LENGTH = 4;
/** Of `counts`: zeros, values that are not finite, the bins. */
export const COUNTS_LENGTH = 2 + HISTOGRAM_BINS;
const MOST_CELLS = 128;
const PART_WORDS = 8;

export function planTensorReport({ rows, columns, first }: TensorReportProblem, family: PlanFamily): TensorReportPlan {
  const count = rows * columns;
  const blocked = family === 'blocked';
  const lanes = blocked ? 1 : 256;
  const workgroup = blocked ? 4 : 256;
  const partials = Math.max(1, Math.min(blocked ? 64 : 512, Math.ceil(count / lanes)));
  const height = Math.min(MOST_CELLS, rows);
  const width = Math.min(MOST_CELLS, columns);
  const perThread = blocked ? 64 : Math.max(1, Math.min(64, Math.ceil(count / (256 * 1024))));
  const binning = blocked ? 16 : 256;
  const cells = blocked ? 4 : 64;
  return {
    partial: PART_WORDS * partials,
    height,
    width,
    dispatches: [
      {
        kernel: 'tensor_statistics',
        flags: { LANES: lanes },
        overrides: { WORKGROUP: workgroup },
        params: { count, first, partials },
        workgroups: foldWorkgroups(Math.ceil((partials * lanes) / workgroup)),
        flops: 4 * count,
        bytes: 4 * (count + PART_WORDS * partials),
      },
      {
        kernel: 'tensor_statistics_finish',
        flags: { LANES: blocked ? 1 : Math.max(32, Math.min(256, powerOfTwoAtMost(partials))) },
        overrides: {},
        params: { partials, counts: COUNTS_LENGTH },
        workgroups: [1, 1, 1],
        flops: 8 * partials,
        bytes: 4 * PART_WORDS * partials,
      },
      {
        kernel: 'tensor_histogram',
        flags: {},
        overrides: { WORKGROUP: binning, TURNS: perThread },
        params: { count, first, bins: HISTOGRAM_BINS },
        workgroups: foldWorkgroups(Math.ceil(count / (binning * perThread))),
        flops: 3 * count,
        bytes: 4 * count,
      },
      {
        kernel: 'tensor_map',
        flags: {},
        overrides: { WORKGROUP: cells },
        params: { rows, columns, height, width, first },
        workgroups: foldWorkgroups(Math.ceil((height * width) / cells)),
        flops: 2 * count,
        bytes: 4 * count + 8 * height * width,
      },
    ],
  };
}

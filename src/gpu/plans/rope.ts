// Plans rotary position embedding over packed rows, out of place, and makes its table of frequencies.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

export interface RopeProblem {
  readonly rows: number;
  /** Tokens a sequence: the position of a row is firstPosition + row % tokens. */
  readonly tokens: number;
  readonly firstPosition: number;
  /** Heads to turn, from column 0 on: queries and keys of a packed row. */
  readonly heads: number;
  /** Even. */
  readonly headDim: number;
  /** Elements of a row, turned or not: at least heads * headDim. */
  readonly rowWidth: number;
  /** 1 forward, -1 backward. */
  readonly direction: 1 | -1;
}

/** Tensors: x, frequencies, y. @throws RangeError for an odd head_dim. */
export function planRope(problem: RopeProblem, family: PlanFamily): PlannedDispatch[] {
  const { rows, tokens, firstPosition, heads, headDim, rowWidth, direction } = problem;
  if (headDim % 2 !== 0) throw new RangeError(`planRope: head_dim must be even, got ${headDim}`);
  const pairs = (rows * heads * headDim) / 2;
  const count = pairs + rows * (rowWidth - heads * headDim);
  // A thread takes one pair, or copies one element: never the vec4 path.
  const { overrides, workgroups } = planElementwise(count, family, 1);
  return [
    {
      kernel: 'rope',
      flags: {},
      overrides,
      params: {
        count,
        tokens,
        first_position: firstPosition,
        heads,
        half_dim: headDim / 2,
        row_width: rowWidth,
        direction,
      },
      workgroups,
      flops: 30 * pairs,
      bytes: 8 * rows * rowWidth,
    },
  ];
}

/** [headDim / 2]: theta^(-2d / headDim), rounded once from float64, as transformers' inv_freq. */
export function ropeFrequencies(theta: number, headDim: number): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, d) => theta ** ((-2 * d) / headDim));
}

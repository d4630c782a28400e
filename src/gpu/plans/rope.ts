// Plans rotary position embedding over packed rows, in place. Frequencies are made in the kernel from a few numbers.

import type { RotaryFrequencies } from '../../core/rotary';
import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

export interface RopeProblem {
  readonly rows: number;
  /** Rows a sequence, or a text. */
  readonly tokens: number;
  /** Heads to turn, from column 0 on: queries and keys of a packed row. */
  readonly heads: number;
  /** Even. */
  readonly headDim: number;
  /** Elements of a row, turned or not: at least heads * headDim. */
  readonly rowWidth: number;
  readonly frequencies: RotaryFrequencies;
  /** Rows go on texts: first_positions says where. */
  readonly cached: boolean;
  /** 1 forward, -1 backward. */
  readonly direction: 1 | -1;
}

/** A GPU wants many threads; heads that share a thread share its angle. */
const TILED_HEADS = 4;

/** Tensors: x (turned in place), first_positions (u32 [texts], where cached). @throws RangeError for an odd head_dim. */
export function planRope(problem: RopeProblem, family: PlanFamily): PlannedDispatch[] {
  const { rows, tokens, heads, headDim, rowWidth, frequencies, cached, direction } = problem;
  const { theta, scaling } = frequencies;
  if (headDim % 2 !== 0) throw new RangeError(`planRope: head_dim must be even, got ${headDim}`);
  const half = headDim / 2;
  const headsPerThread = family === 'blocked' ? heads : Math.min(heads, TILED_HEADS);
  const count = rows * Math.ceil(heads / headsPerThread) * half;
  const { vec4, overrides, workgroups } = planElementwise(count, family, half % 4 === 0 ? rowWidth : half);
  const bands = scaling?.bands;
  const span = bands ? bands.high - bands.low : 1;
  return [
    {
      kernel: 'rope',
      flags: { VEC4: vec4, CACHED: cached },
      overrides,
      params: {
        count,
        tokens,
        heads,
        heads_per_thread: headsPerThread,
        half_dim: half,
        row_width: rowWidth,
        direction,
        log2_step: (Math.log2(theta) * 2) / headDim,
        slow_factor: 1 / (scaling?.factor ?? 1),
        slope: bands ? bands.positions / (2 * Math.PI * span) : 0,
        offset: bands ? bands.low / span : 0,
      },
      workgroups,
      flops: 40 * count + 6 * rows * heads * half,
      bytes: 8 * rows * heads * headDim,
    },
  ];
}

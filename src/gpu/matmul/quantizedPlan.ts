// Turns a product with quantised weights into dispatches. Plain data in, plain data out: it must not see a device.

import { bitsOf, codesPerVector, type QuantizedLayout, scaleCount, wordCount } from '../../core/quantization/scheme';
import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from '../plans/plannedDispatch';
import { powerOfTwoAtMost } from '../plans/rowTeams';
import { type MatmulProblem, problemFlags } from './plan';

/** The language feature that `DOT` kernels need, by WGSL's name. */
export const DOT_FEATURE = 'packed_4x8_integer_dot_product';

/** Rows that a thread keeps sums of: a software adapter's loop must stay small. */
const MOST_ROWS = { tiled: 8, blocked: 4 } as const;
/** Workgroups that keep a GPU busy. */
const FILLING = 96;
const LARGEST_WORKGROUP = 256;
const MOST_LANES = 256;

export interface QuantizedPlan {
  readonly dispatches: readonly PlannedDispatch[];
  /** Elements of the scratch tensors `codes` (u32) and `row_scales` (f32) of activations in 8 bits; 0 without. */
  readonly codes: number;
  readonly rowScales: number;
}

/** How the threads of a workgroup share four columns each: `slices` of k, `quads` of columns. */
function teamsOf(
  { outputs, vectors }: QuantizedLayout,
  blocks: number,
  family: PlanFamily,
): { quads: number; slices: number } {
  if (family === 'blocked') return { quads: 4, slices: 1 };
  const slices = Math.min(32, powerOfTwoAtMost(vectors));
  const all = Math.ceil(outputs / 4);
  let quads = LARGEST_WORKGROUP / slices;
  while (quads * slices > 32 && (all / quads) * blocks < FILLING) quads /= 2;
  return { quads, slices };
}

/**
 * Tensors: a [m, k], b (words) [n, 4 * vectors], scales, c, and what the epilogue asks for. With `dot` a is rounded to 8 bits first.
 * @throws RangeError for a transposed A, a bias gradient, sizes that are not the layout's, or `dot` with 4 bits
 */
export function planQuantizedMatmul(
  problem: MatmulProblem,
  layout: QuantizedLayout,
  family: PlanFamily,
  dot = false,
): QuantizedPlan {
  const { m, n, k } = problem;
  const { scheme, vectors } = layout;
  if (problem.ta || problem.biasGrad) throw new RangeError('quantised weights have no gradient');
  if (layout.outputs !== n || layout.inputs !== k)
    throw new RangeError(`weights of ${layout.outputs} by ${layout.inputs} for a product of ${n} by ${k}`);
  if (dot && scheme.name !== 'int8') throw new RangeError('activations in 8 bits go with weights in 8 bits');
  const rows = Math.min(m, MOST_ROWS[family]);
  const blocks = Math.ceil(m / rows);
  const { quads, slices } = teamsOf(layout, blocks, family);
  const tiles = Math.ceil(n / (4 * quads));
  const [x, y] = foldWorkgroups(tiles);
  const shape = problemFlags({ ...problem, tb: true }, 'tiled');
  const wordBytes = 4 * wordCount(layout);
  const product: PlannedDispatch = {
    kernel: 'matmul_quantized',
    flags: {
      ...shape,
      A_TYPE: dot ? 'vec4u' : shape['A_TYPE'],
      B_TYPE: 'vec4u',
      BITS: bitsOf(scheme),
      GROUP: scheme.name === 'int8' ? 1 : scheme.group / codesPerVector(scheme),
      DOT: Number(dot),
      ROWS: rows,
      SLICES: slices,
      QUADS: quads,
      K_EDGE: Number(k % codesPerVector(scheme) !== 0),
    },
    overrides: {},
    params: { m, n, k, tiles_n: tiles, tiles, part_k: k },
    workgroups: [x, y, blocks],
    flops: 2 * m * n * k,
    bytes: wordBytes + 4 * scaleCount(layout) + 4 * (m * k + m * n),
    buffers: dot ? { a: 'codes', a_scales: 'row_scales' } : {},
  };
  if (!dot) return { dispatches: [product], codes: 0, rowScales: 0 };
  const lanes = family === 'blocked' ? 1 : Math.min(MOST_LANES, powerOfTwoAtMost(vectors * 4));
  const words = 4 * vectors;
  const rounding: PlannedDispatch = {
    kernel: 'quantize_rows',
    flags: { LANES: lanes },
    overrides: { WORKGROUP: lanes },
    params: { rows: m, columns: k, words },
    workgroups: foldWorkgroups(m),
    flops: 2 * m * k,
    bytes: 4 * m * k + 4 * m * words,
    buffers: { x: 'a' },
  };
  return { dispatches: [rounding, product], codes: m * words, rowScales: m };
}

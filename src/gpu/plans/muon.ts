// The sequence of one Muon step for one matrix, as plain data: dispatches of small kernels, and matmuls by name for whoever plans
// those. Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers". It must not choose matmul variants.

import { planElementwise } from './elementwise';
import { planNormParts } from './gradientNorm';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

export interface MuonProblem {
  readonly rows: number;
  readonly columns: number;
  /** Elements before the matrix in the arenas. */
  readonly offset: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly skipNonFinite: boolean;
}

/** Scratch of a matrix: x and next [rows, columns] take turns; gram and gram_squared [size, size], size the shorter side. */
export type MuonMatrix = 'x' | 'next' | 'gram' | 'gram_squared';

export type MuonAction =
  | {
      readonly kind: 'dispatch';
      /** WGSL binding -> tensor: scratch by the names of MuonPlan.scratch, and parameters, gradients, moment1, metrics. */
      readonly dispatch: PlannedDispatch & { readonly buffers: Readonly<Record<string, string>> };
    }
  | {
      /** out [m, n] = op(a) op(b), op a transpose where trans is set. */
      readonly kind: 'matmul';
      readonly a: MuonMatrix;
      readonly b: MuonMatrix;
      readonly out: MuonMatrix;
      readonly m: number;
      readonly n: number;
      readonly k: number;
      readonly transA: boolean;
      readonly transB: boolean;
    };

export interface MuonPlan {
  readonly actions: readonly MuonAction[];
  /** Elements of each scratch array; `partial` holds the parts of the norm. All matrices may share them, one after another. */
  readonly scratch: Readonly<Record<MuonMatrix | 'partial', number>>;
}

const A = 3.4445;
const B = -4.775;
const C = 2.0315;
const ITERATIONS = 5;
/** Brings an update's root mean square to that of AdamW (Liu et al. 2025, arXiv 2502.16982, eq. 4): one learning rate serves both. */
const ADAMW_RMS = 0.2;
/** Every thread of muon_normalize adds these up: few. */
const NORM_PARTS = 64;

/**
 * momentum, Frobenius norm, five Newton-Schulz iterations X <- (a I + b A + c A^2) X with A = X X^T (for rows > columns on the other
 * side: A = X^T X, X <- X (a I + b A + c A^2), the same on the transpose without one), and the update of the parameters.
 */
export function planMuon(problem: MuonProblem, family: PlanFamily): MuonPlan {
  const { rows, columns, offset, momentum, nesterov, weightDecay, skipNonFinite } = problem;
  const count = rows * columns;
  const tall = rows > columns;
  const size = Math.min(rows, columns);
  const actions: MuonAction[] = [];
  const matrix = planElementwise(count, family, offset);
  const square = planElementwise(size * size, family, size);
  const norm = planNormParts([count], family, NORM_PARTS);
  const skip_non_finite = Number(skipNonFinite);
  const dispatch = (planned: PlannedDispatch, buffers: Readonly<Record<string, string>>): void => {
    actions.push({ kind: 'dispatch', dispatch: { ...planned, buffers } });
  };

  dispatch(
    {
      kernel: 'muon_momentum',
      flags: { VEC4: matrix.vec4, NESTEROV: nesterov },
      overrides: matrix.overrides,
      params: { count, offset, momentum, one_minus_momentum: 1 - momentum, skip_non_finite },
      workgroups: matrix.workgroups,
      flops: 5 * count,
      bytes: 16 * count,
    },
    { gradients: 'gradients', moment1: 'moment1', update: 'x', metrics: 'metrics' },
  );
  for (const part of norm.parts) dispatch(part, { gradients: 'x', partial: 'partial' });
  dispatch(
    {
      kernel: 'muon_normalize',
      flags: { VEC4: matrix.vec4 },
      overrides: matrix.overrides,
      params: { count, partials: norm.partials },
      workgroups: matrix.workgroups,
      flops: count,
      bytes: 8 * count,
    },
    { x: 'x', partial: 'partial' },
  );
  let x: MuonMatrix = 'x';
  let next: MuonMatrix = 'next';
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const longer = Math.max(rows, columns);
    actions.push({ kind: 'matmul', a: x, b: x, out: 'gram', m: size, n: size, k: longer, transA: tall, transB: !tall });
    actions.push({
      kind: 'matmul',
      a: 'gram',
      b: 'gram',
      out: 'gram_squared',
      m: size,
      n: size,
      k: size,
      transA: false,
      transB: false,
    });
    dispatch(
      {
        kernel: 'muon_combine',
        flags: { VEC4: square.vec4 },
        overrides: square.overrides,
        params: { count: size * size, size, a: A, b: B, c: C },
        workgroups: square.workgroups,
        flops: 4 * size * size,
        bytes: 12 * size * size,
      },
      { gram: 'gram', gram_squared: 'gram_squared' },
    );
    const sides = tall ? ({ a: x, b: 'gram' } as const) : ({ a: 'gram', b: x } as const);
    actions.push({ kind: 'matmul', ...sides, out: next, m: rows, n: columns, k: size, transA: false, transB: false });
    [x, next] = [next, x];
  }
  dispatch(
    {
      kernel: 'muon_apply',
      flags: { VEC4: matrix.vec4 },
      overrides: matrix.overrides,
      params: {
        count,
        offset,
        scale: ADAMW_RMS * Math.sqrt(Math.max(rows, columns)),
        weight_decay: weightDecay,
        skip_non_finite,
      },
      workgroups: matrix.workgroups,
      flops: 4 * count,
      bytes: 12 * count,
    },
    { parameters: 'parameters', update: x, metrics: 'metrics' },
  );
  return {
    actions,
    scratch: { x: count, next: count, gram: size * size, gram_squared: size * size, partial: 2 * norm.partials },
  };
}

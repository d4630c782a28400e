// Plans the pointwise activations and SwiGLU's gate, for where a matmul's epilogue does not do them.

import type { ActivationName } from '../../core/models/activationNames';
import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

/** The flag ACT of shaders/include/activation.wgsl. */
export const activationFlag = { gelu_new: 1, gelu: 2, relu: 3, silu: 4, tanh: 5 } as const satisfies Readonly<
  Record<ActivationName, number>
>;

export interface ActivationProblem {
  readonly count: number;
  readonly activation: ActivationName;
}

/** Floating-point operations an element: exp, division and the polynomial counted as one each. */
const FLOPS = 10;

function pointwise(kernel: string, count: number, act: number, arrays: number, family: PlanFamily): PlannedDispatch[] {
  const { vec4, overrides, workgroups } = planElementwise(count, family);
  return [
    {
      kernel,
      flags: { VEC4: vec4, ACT: act },
      overrides,
      params: { count },
      workgroups,
      flops: FLOPS * count,
      bytes: 4 * arrays * count,
    },
  ];
}

/** Tensors: x, y. */
export function planActivationForward({ count, activation }: ActivationProblem, family: PlanFamily): PlannedDispatch[] {
  return pointwise('activation_forward', count, activationFlag[activation], 2, family);
}

/** Tensors: d_y, x, d_x. */
export function planActivationBackward(
  { count, activation }: ActivationProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  return pointwise('activation_backward', count, activationFlag[activation], 3, family);
}

export interface SwigluProblem {
  readonly rows: number;
  /** Of the result; packed rows have twice as many. */
  readonly columns: number;
}

/** Tensors: x [rows, 2 columns], y [rows, columns]. */
export function planSwigluForward(problem: SwigluProblem, family: PlanFamily): PlannedDispatch[] {
  return gated('swiglu_forward', problem, 3, family);
}

/** Tensors: d_y, x, d_x. */
export function planSwigluBackward(problem: SwigluProblem, family: PlanFamily): PlannedDispatch[] {
  return gated('swiglu_backward', problem, 5, family);
}

function gated(
  kernel: string,
  { rows, columns }: SwigluProblem,
  arrays: number,
  family: PlanFamily,
): PlannedDispatch[] {
  const count = rows * columns;
  const { vec4, overrides, workgroups } = planElementwise(count, family, columns);
  const flags = { VEC4: vec4, ACT: activationFlag.silu };
  return [
    {
      kernel,
      flags,
      overrides,
      params: { count, columns },
      workgroups,
      flops: FLOPS * count,
      bytes: 4 * arrays * count,
    },
  ];
}

/** Tensors: x, y. The identity. */
export function planCopy({ count }: { readonly count: number }, family: PlanFamily): PlannedDispatch[] {
  return pointwise('activation_forward', count, 0, 2, family).map((dispatch) => ({ ...dispatch, flops: 0 }));
}

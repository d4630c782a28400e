// Symbolic tensors and the calls that lowering makes of them: what a Program is built from. Plain data: no device, no buffer.
//
// Shapes: B batch, T tokens a sequence, N = B*T rows, C width, H heads, D head width, F feed-forward width, V vocabulary.

import type { PlannedDispatch } from './plans/plannedDispatch';

export type ElementType = 'f32' | 'u32' | 'i32';
/**
 * The flat arrays that hold a trained parameter's value, gradient and optimiser moments at one and the same offset; `frozen` holds, by offsets of
 * its own, the values of parameters that are read and never trained.
 */
export const arenaNames = ['parameters', 'gradients', 'moment1', 'moment2', 'frozen'] as const;
export type ArenaName = (typeof arenaNames)[number];

/**
 * Where a tensor's bytes live. `slot`: a pooled buffer for the tensor's lifetime; with `keep` it survives the program for read-back, and
 * with `given` it is filled before the program starts.
 */
export type Storage =
  | { readonly kind: 'slot'; readonly keep: boolean; readonly given?: boolean }
  | { readonly kind: 'arena'; readonly arena: ArenaName; readonly offset: number }
  | { readonly kind: 'named'; readonly name: string };

export interface Tensor {
  readonly id: number;
  readonly label: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly storage: Storage;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** All element types are 4 bytes wide. */
export function byteLength(tensor: Tensor): number {
  return 4 * elementCount(tensor.shape);
}

/** `backward` whole, or apart: `inputGradient` is what earlier layers and stages wait for, `weightGradient` what only the optimiser does. */
export type Segment = 'forward' | 'backward' | 'inputGradient' | 'weightGradient' | 'optimizer';

/** One dispatch with its tensors; bindings by the names that the kernel's WGSL declares. */
export interface KernelCall extends PlannedDispatch {
  readonly label: string;
  readonly segment: Segment;
  readonly bind: Readonly<Record<string, Tensor>>;
}

/**
 * A place where a program stops and ranks exchange a tensor: all-gather joins the parts along dim 0, reduce-scatter sums `input` over the
 * ranks and leaves each its part. Who the ranks are is not the program's business.
 */
export interface CollectiveCall {
  readonly collective: 'allGather' | 'reduceScatter';
  readonly label: string;
  readonly segment: Segment;
  readonly bind: { readonly input: Tensor; readonly output: Tensor };
  /** Elements of each rank's part. */
  readonly counts: readonly number[];
  readonly flops: 0;
  /** Of the whole tensor. */
  readonly bytes: number;
}

export type ProgramCall = KernelCall | CollectiveCall;

export function isCollective(call: ProgramCall): call is CollectiveCall {
  return 'collective' in call;
}

export function isDispatch(call: ProgramCall): call is KernelCall {
  return !isCollective(call);
}

// Symbolic tensors and the calls that lowering makes of them: what a Program is built from. Plain data: no device, no buffer.
//
// Shapes: B batch, T tokens a sequence, N = B*T rows, C width, H heads, D head width, F feed-forward width, V vocabulary.

import type { PlannedDispatch } from './plans/plannedDispatch';

export type ElementType = 'f32' | 'u32' | 'i32';
/** The flat arrays that hold a parameter's value, gradient and optimiser moments at one and the same offset. */
export const arenaNames = ['parameters', 'gradients', 'moment1', 'moment2'] as const;
export type ArenaName = (typeof arenaNames)[number];

/** Where a tensor's bytes live. `slot`: a pooled buffer for the tensor's lifetime; with `keep` it survives the program for read-back. */
export type Storage =
  | { readonly kind: 'slot'; readonly keep: boolean }
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

export type Segment = 'forward' | 'backward' | 'optimizer';

/** One dispatch with its tensors; bindings by the names that the kernel's WGSL declares. */
export interface KernelCall extends PlannedDispatch {
  readonly label: string;
  readonly segment: Segment;
  readonly bind: Readonly<Record<string, Tensor>>;
}

// The form of an operation: shape rule, forward, backward. One file each in ops/; the registry in ops/registry.ts is a mapped type
// over all of them, so that an operation without a backward does not compile.

import type { Emitter } from './emitter';
import type { ElementType, Tensor } from './graph';

/** Named tensors of a node; an input that the caller left out is undefined. */
export type Tensors = Readonly<Record<string, Tensor | undefined>>;

/** Makes an output tensor; f32 where no type is given. */
export type MakeOutput = (name: string, shape: readonly number[], type?: ElementType) => Tensor;

export interface OperationTypes {
  readonly inputs: Tensors;
  readonly attributes: object;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** The only way to leave out a backward, with the reason. */
export interface NonDifferentiable {
  readonly nonDifferentiable: string;
}

export function nonDifferentiable(reason: string): NonDifferentiable {
  return { nonDifferentiable: reason };
}

export interface NodeParts<T extends OperationTypes> {
  readonly inputs: T['inputs'];
  readonly outputs: T['outputs'];
  readonly attributes: T['attributes'];
}

export interface Operation<T extends OperationTypes> {
  /** The shape rule; throws RangeError with the shapes where inputs do not fit. */
  readonly outputs: (make: MakeOutput, inputs: T['inputs'], attributes: T['attributes']) => T['outputs'];
  readonly forward: (emit: Emitter, node: NodeParts<T>) => void;
  /**
   * Reads gradients of outputs by emit.gradientOf, writes those of inputs through emit.into: activations are written (or added to where
   * there is one already), parameters always added to. What forward saved is among the outputs.
   */
  readonly backward: ((emit: Emitter, node: NodeParts<T>) => void) | NonDifferentiable;
}

/** @throws RangeError naming operation and sizes unless `ok`. */
export function requireShape(ok: boolean, operation: string, detail: string): void {
  if (!ok) throw new RangeError(`${operation}: ${detail}`);
}

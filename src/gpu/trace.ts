// Records a model's operations on symbolic tensors, then lowers them: the forward list as recorded, the backward list by walking it in
// reverse. A model is a plain function that calls `apply`. It must not know the device.

import { LabError } from '../core/errors';
import type { ArenaLayout } from './arena';
import { Emitter, TensorFactory } from './emitter';
import type { ElementType, KernelCall, Tensor } from './graph';
import type { KernelCatalog } from './kernelCatalog';
import type { KernelChoices } from './kernelChoices';
import type { NonDifferentiable } from './operation';
import { type OperationName, type OperationTypeOf, operations } from './ops/registry';

/** A recorded operation, its inputs, outputs and attributes bound. */
interface RecordedNode {
  readonly scope: string;
  readonly forward: (emit: Emitter) => void;
  readonly backward: (emit: Emitter) => void;
}

function refuseGradient(
  emit: Emitter,
  name: OperationName,
  outputs: Readonly<Record<string, Tensor>>,
  { nonDifferentiable }: NonDifferentiable,
): void {
  for (const output of Object.values(outputs)) {
    if (emit.gradientOf(output))
      throw new LabError({ code: 'internal', message: `${name} has no backward: ${nonDifferentiable}` });
  }
}

export class Trace {
  private readonly nodes: RecordedNode[] = [];
  private readonly tensors = new TensorFactory();
  private readonly parameters = new Map<string, Tensor>();
  /** Prefix for labels of what is recorded next, e.g. `h.0.`. */
  scope = '';

  constructor(private readonly arena: ArenaLayout) {}

  /** A view of the parameter arena. @throws LabError `internal` for a name the layout does not have. */
  parameter(name: string): Tensor {
    let tensor = this.parameters.get(name);
    if (!tensor) {
      const entry = this.arena.entries.get(name);
      if (!entry) throw new LabError({ code: 'internal', message: `The parameter arena has no '${name}'` });
      tensor = this.tensors.make(name, entry.shape, 'f32', {
        kind: 'arena',
        arena: 'parameters',
        offset: entry.offset,
      });
      this.parameters.set(name, tensor);
    }
    return tensor;
  }

  /** A buffer that the caller fills or reads under `name`. */
  named(name: string, shape: readonly number[], type: ElementType): Tensor {
    return this.tensors.make(name, shape, type, { kind: 'named', name });
  }

  /** Records one operation; `keep` names outputs that must survive the program for read-back. */
  apply<K extends OperationName>(
    name: K,
    inputs: OperationTypeOf<K>['inputs'],
    attributes: OperationTypeOf<K>['attributes'],
    keep: readonly string[] = [],
  ): OperationTypeOf<K>['outputs'] {
    const outputs = operations[name].outputs(
      (output, shape, type) =>
        this.tensors.make(`${this.scope}${name}.${output}`, shape, type, { kind: 'slot', keep: keep.includes(output) }),
      inputs,
      attributes,
    );
    const node = { inputs, outputs, attributes };
    const { forward, backward } = operations[name];
    this.nodes.push({
      scope: this.scope,
      forward: (emit) => forward(emit, node),
      backward: (emit) => {
        if (typeof backward === 'function') backward(emit, node);
        else refuseGradient(emit, name, outputs, backward);
      },
    });
    return outputs;
  }

  /**
   * The dispatches of forward, and of backward where `differentiate`. `seeds` are gradients that come from outside, of outputs that no
   * loss in this trace stands behind; they may be overwritten.
   */
  lower(
    choices: KernelChoices,
    catalog: KernelCatalog,
    options: {
      readonly differentiate: boolean;
      readonly seeds?: readonly { readonly output: Tensor; readonly gradient: Tensor }[];
    },
  ): KernelCall[] {
    const emit = new Emitter(this.tensors, choices, catalog);
    emit.segment = 'forward';
    for (const node of this.nodes) {
      emit.scope = node.scope;
      node.forward(emit);
    }
    if (options.differentiate) {
      emit.segment = 'backward';
      for (const { output, gradient } of options.seeds ?? []) emit.pass(output, gradient);
      for (const node of this.nodes.toReversed()) {
        emit.scope = node.scope;
        node.backward(emit);
      }
    }
    return emit.calls;
  }

  /** An emitter for dispatches that no model operation stands for: the optimiser's. */
  emitter(choices: KernelChoices, catalog: KernelCatalog): Emitter {
    return new Emitter(this.tensors, choices, catalog);
  }
}

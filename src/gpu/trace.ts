// Records a model's operations on symbolic tensors, then lowers them: the forward list as recorded, the backward list by walking it in
// reverse. A model is a plain function that calls `apply`. It must not know the device.

import type { ArenaEntry, ArenaLayout } from '../core/arena';
import { LabError } from '../core/errors';
import { Emitter, TensorFactory } from './emitter';
import { type ElementType, elementCount, type ProgramCall, type Tensor } from './graph';
import type { KernelCatalog } from './kernelCatalog';
import type { KernelChoices } from './kernelChoices';
import type { NonDifferentiable } from './operation';
import { type OperationName, type OperationTypeOf, operations } from './ops/registry';
import type { QuantizedWeights } from './quantizedWeights';
import { splitBackward } from './splitBackward';

/** A recorded operation, its inputs, outputs and attributes bound. */
interface RecordedNode {
  readonly scope: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
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

export interface LowerOptions {
  readonly differentiate: 'no' | 'whole' | 'split';
  readonly seeds?: readonly { readonly output: Tensor; readonly gradient: Tensor }[];
  readonly wanted?: readonly Tensor[];
  /** Weights that are read in fewer bits; a program with them cannot be differentiated. */
  readonly quantized?: QuantizedWeights | null;
}

/** Where a tensor of a program can be looked at: its slot serves others before and after. */
export interface TensorMoment {
  readonly tensor: Tensor;
  /** The output of an operation as that left it, or the whole gradient of such an output. */
  readonly kind: 'activation' | 'activationGradient';
  /** Of the operation's output. */
  readonly name: string;
  /** Bindings of the call after which it is there. Calls that are moved to another segment keep theirs. */
  readonly after: ProgramCall['bind'];
}

export interface Lowered {
  readonly calls: readonly ProgramCall[];
  /** Of all outputs of operations that calls bind, forwards, then of their gradients, backwards. Names are told apart by numbers where they are the same. */
  readonly moments: readonly TensorMoment[];
  /** The gradient that the backward pass leaves for a tensor; null where nothing led to it. */
  readonly gradientOf: (tensor: Tensor) => Tensor | null;
}

export class Trace {
  private readonly nodes: RecordedNode[] = [];
  private readonly tensors = new TensorFactory();
  private readonly parameters = new Map<string, Tensor>();
  /** Prefix for labels of what is recorded next, e.g. `h.0.`. */
  scope = '';

  /** @param frozen parameters that are read and not trained, in an arena of their own; null where all are trained */
  constructor(
    private readonly arena: ArenaLayout,
    private readonly frozen: ArenaLayout | null = null,
  ) {}

  /** Whether there is a parameter of this name. */
  has(name: string): boolean {
    return this.arena.entries.has(name) || this.frozen?.entries.has(name) === true;
  }

  /** Where a parameter lies. @throws LabError `internal` for a name that no layout has */
  private entryOf(name: string): { readonly entry: ArenaEntry; readonly arena: 'parameters' | 'frozen' } {
    const trained = this.arena.entries.get(name);
    if (trained) return { entry: trained, arena: 'parameters' };
    const entry = this.frozen?.entries.get(name);
    if (!entry) throw new LabError({ code: 'internal', message: `The parameter arena has no '${name}'` });
    return { entry, arena: 'frozen' };
  }

  /** The same values, and the same gradient, under another shape of as many elements. */
  reshaped(tensor: Tensor, shape: readonly number[]): Tensor {
    if (elementCount(shape) !== elementCount(tensor.shape))
      throw new LabError({ code: 'internal', message: `[${tensor.shape}] cannot be read as [${shape}]` });
    return { ...tensor, shape };
  }

  /** A view of the parameter's arena. @throws LabError `internal` for a name that no layout has. */
  parameter(name: string): Tensor {
    let tensor = this.parameters.get(name);
    if (!tensor) {
      const { entry, arena } = this.entryOf(name);
      tensor = this.tensors.make(name, entry.shape, 'f32', { kind: 'arena', arena, offset: entry.offset });
      this.parameters.set(name, tensor);
    }
    return tensor;
  }

  /**
   * Parameters that lie one behind the other in the arena, as one tensor: rows [out, in] of weights beneath each other, biases end to end. One
   * product then does what several would.
   * @throws LabError `internal` where they are not joined, or differ in more than their first dim
   */
  joined(names: readonly string[]): Tensor {
    const key = names.join(' ');
    const known = this.parameters.get(key);
    if (known) return known;
    const places = names.map((name) => this.entryOf(name));
    const [{ entry: first, arena }] = places;
    let end = first.offset;
    for (const { entry, arena: other } of places) {
      if (other !== arena || entry.offset !== end || entry.shape.slice(1).join() !== first.shape.slice(1).join())
        throw new LabError({ code: 'internal', message: `These parameters are not one matrix: ${key}` });
      end += entry.length;
    }
    const rows = places.reduce((sum, { entry }) => sum + entry.shape[0], 0);
    const tensor = this.tensors.make(names[0], [rows, ...first.shape.slice(1)], 'f32', {
      kind: 'arena',
      arena,
      offset: first.offset,
    });
    this.parameters.set(key, tensor);
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
      inputs: Object.values(inputs).filter((tensor) => tensor !== undefined),
      outputs: Object.values(outputs),
      forward: (emit) => forward(emit, node),
      backward: (emit) => {
        if (typeof backward === 'function') backward(emit, node);
        else refuseGradient(emit, name, outputs, backward);
      },
    });
    return outputs;
  }

  /** A tensor that the caller fills before the program starts, and whose gradient it may want: what another stage sends. */
  given(label: string, shape: readonly number[]): Tensor {
    return this.tensors.make(label, shape, 'f32', { kind: 'slot', keep: true, given: true });
  }

  /**
   * The calls of forward, and of backward where `differentiate`: `whole`, or `split` into input and weight gradients. `seeds` are gradients
   * that come from outside, of outputs that no loss in this trace stands behind; they may be overwritten. `wanted` are tensors whose
   * gradients must be there when the input gradients are.
   */
  lower(choices: KernelChoices, catalog: KernelCatalog, options: LowerOptions): Lowered {
    const split = options.differentiate === 'split';
    const differentiated = this.frozen === null ? null : this.differentiated();
    const emit = new Emitter(this.tensors, choices, catalog, split, options.quantized ?? null, differentiated);
    emit.segment = 'forward';
    const moments: TensorMoment[] = [];
    const names = this.outputNames();
    /** The last of the calls so far that binds the tensor, from `first` on. */
    const note = (output: Tensor, tensor: Tensor | null, kind: TensorMoment['kind'], first: number): void => {
      if (tensor?.type !== 'f32') return;
      const call = emit.calls.findLast(
        ({ bind }, index) => index >= first && Object.values(bind).some(({ id }) => id === tensor.id),
      );
      if (call) moments.push({ tensor, kind, name: names.get(output.id) ?? output.label, after: call.bind });
    };
    for (const node of this.nodes) {
      emit.scope = node.scope;
      const first = emit.calls.length;
      node.forward(emit);
      for (const output of node.outputs) note(output, output, 'activation', first);
    }
    if (options.differentiate !== 'no') {
      emit.segment = 'backward';
      emit.scope = '';
      for (const { output, gradient } of options.seeds ?? []) emit.pass(output, gradient);
      for (const node of this.nodes.toReversed()) {
        if (!node.inputs.some((input) => emit.wants(input))) continue;
        emit.scope = node.scope;
        // Whoever read the output has been walked: its gradient is whole now.
        for (const output of node.outputs) note(output, emit.gradientOf(output), 'activationGradient', 0);
        node.backward(emit);
      }
    }
    const gradientOf = (tensor: Tensor): Tensor | null => emit.gradientOf(tensor);
    if (!split) return { calls: emit.calls, moments, gradientOf };
    const wanted = (options.wanted ?? []).map(gradientOf).filter((gradient) => gradient !== null);
    return { calls: splitBackward(emit.calls, catalog, wanted), moments, gradientOf };
  }

  /** Labels of outputs; of several with the same one the later ones are numbered. */
  private outputNames(): Map<number, string> {
    const seen = new Map<string, number>();
    const names = new Map<number, string>();
    for (const { id, label } of this.nodes.flatMap(({ outputs }) => outputs)) {
      const count = (seen.get(label) ?? 0) + 1;
      seen.set(label, count);
      names.set(id, count === 1 ? label : `${label} ${count}`);
    }
    return names;
  }

  /** Ids of trained parameters, of what comes from other stages, and of all that is computed from either. */
  private differentiated(): ReadonlySet<number> {
    const ids = new Set<number>();
    const add = ({ id, storage }: Tensor): void => {
      if (storage.kind === 'arena' ? storage.arena === 'parameters' : storage.kind === 'slot' && storage.given === true)
        ids.add(id);
    };
    for (const { inputs, outputs } of this.nodes) {
      for (const input of inputs) add(input);
      if (inputs.some(({ id }) => ids.has(id))) for (const { id } of outputs) ids.add(id);
    }
    return ids;
  }

  /** An emitter for dispatches that no model operation stands for: the optimiser's. */
  emitter(choices: KernelChoices, catalog: KernelCatalog): Emitter {
    return new Emitter(this.tensors, choices, catalog);
  }
}

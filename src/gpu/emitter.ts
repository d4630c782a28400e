// What an operation sees while it is lowered: a place to put dispatches, scratch space, and the gradients of its tensors.
// It turns plans into KernelCalls; it must not touch a device.

import { LabError } from '../core/errors';
import { scaleCount, wordCount } from '../core/quantization/scheme';
import {
  type CollectiveCall,
  type ElementType,
  elementCount,
  type KernelCall,
  type ProgramCall,
  type Segment,
  type Storage,
  type Tensor,
} from './graph';
import type { KernelCatalog } from './kernelCatalog';
import type { KernelChoices } from './kernelChoices';
import { type MatmulProblem, planMatmul } from './matmul/plan';
import { planQuantizedMatmul } from './matmul/quantizedPlan';
import { planCopy } from './plans/activation';
import { planAdd } from './plans/add';
import { planColumnSum } from './plans/columnSum';
import type { PlannedDispatch } from './plans/plannedDispatch';
import { type QuantizedTensor, type QuantizedWeights, quantizedNames } from './quantizedWeights';

type Bindings = Readonly<Record<string, Tensor | undefined>>;

/** Hands out tensors with fresh ids. */
export class TensorFactory {
  private nextId = 1;

  make(
    label: string,
    shape: readonly number[],
    type: ElementType = 'f32',
    storage: Storage = { kind: 'slot', keep: false },
  ): Tensor {
    return { id: this.nextId++, label, shape, type, storage };
  }
}

export class Emitter {
  readonly calls: ProgramCall[] = [];
  segment: Segment = 'forward';
  /** Prefix of labels: the layer being lowered. */
  scope = '';
  private readonly gradients = new Map<number, Tensor>();
  private readonly quantizedTensors = new Map<number, QuantizedTensor>();

  constructor(
    readonly tensors: TensorFactory,
    readonly choices: KernelChoices,
    private readonly catalog: KernelCatalog,
    /** The backward pass will run in two segments: a gradient that is still to be read must not be added to in place. */
    private readonly splitBackward = false,
    private readonly quantizedWeights: QuantizedWeights | null = null,
    /** Ids of the tensors that trained parameters lead to; null where all are. */
    private readonly differentiated: ReadonlySet<number> | null = null,
  ) {}

  /** Whether a gradient of `tensor` is of use: it is trained, or what is trained stands behind it. */
  wants({ id }: Tensor): boolean {
    return this.differentiated === null || this.differentiated.has(id);
  }

  /** Appends a planned dispatch; `bindings` may hold more names than the kernel declares, never fewer. */
  call(label: string, planned: PlannedDispatch, bindings: Bindings): void {
    const { storage } = this.catalog.interfaceOf(planned.kernel, planned.flags);
    const bind: Record<string, Tensor> = {};
    for (const { name } of storage) {
      const tensor = bindings[planned.buffers?.[name] ?? name];
      if (!tensor)
        throw new LabError({ code: 'internal', message: `${planned.kernel} (${label}) needs a tensor for '${name}'` });
      bind[name] = tensor;
    }
    const call: KernelCall = { ...planned, label: this.scope + label, segment: this.segment, bind };
    this.calls.push(call);
  }

  /** Appends an exchange between ranks; see CollectiveCall. */
  collective(
    collective: CollectiveCall['collective'],
    label: string,
    counts: readonly number[],
    bind: CollectiveCall['bind'],
  ): void {
    const bytes = 4 * counts.reduce((sum, count) => sum + count, 0);
    this.calls.push({
      collective,
      label: this.scope + label,
      segment: this.segment,
      bind,
      counts,
      flops: 0,
      bytes,
    });
  }

  /** The codes and scales that stand for a parameter, or null where it is read as it is. */
  quantized({ storage }: Tensor): QuantizedTensor | null {
    if (storage.kind !== 'arena' || storage.arena !== 'parameters') return null;
    const { offset } = storage;
    const layout = this.quantizedWeights?.layouts.get(offset);
    if (!layout) return null;
    const known = this.quantizedTensors.get(offset);
    if (known) return known;
    const named = (name: string, length: number, type: ElementType): Tensor =>
      this.tensors.make(name, [length], type, { kind: 'named', name });
    const made = {
      layout,
      codes: named(quantizedNames.codes(offset), wordCount(layout), 'u32'),
      scales: named(quantizedNames.scales(offset), scaleCount(layout), 'f32'),
    };
    this.quantizedTensors.set(offset, made);
    return made;
  }

  matmul(label: string, problem: MatmulProblem, bindings: Bindings): void {
    const weight = bindings['b'] && this.quantized(bindings['b']);
    if (weight) {
      this.quantizedMatmul(label, problem, weight, bindings);
      return;
    }
    const plan = planMatmul(problem, this.choices.matmul(problem));
    const scratch = plan.scratchElements > 0 ? this.scratch(`${label}.scratch`, [plan.scratchElements]) : undefined;
    for (const dispatch of plan.dispatches) this.call(label, dispatch, { ...bindings, scratch });
  }

  private quantizedMatmul(label: string, problem: MatmulProblem, weight: QuantizedTensor, bindings: Bindings): void {
    const { layout, codes, scales } = weight;
    const dot = layout.scheme.name === 'int8' && this.quantizedWeights?.dot === true;
    const plan = planQuantizedMatmul(problem, layout, this.choices.family, dot);
    const rounded = plan.codes > 0 ? this.scratch(`${label}.codes`, [plan.codes], 'u32') : undefined;
    const rowScales = plan.rowScales > 0 ? this.scratch(`${label}.scales`, [plan.rowScales]) : undefined;
    const all = { ...bindings, b: codes, scales, codes: rounded, row_scales: rowScales };
    for (const dispatch of plan.dispatches) this.call(label, dispatch, all);
  }

  scratch(label: string, shape: readonly number[], type: ElementType = 'f32'): Tensor {
    return this.tensors.make(label, shape, type);
  }

  /** Where to put the gradient of `tensor`, and whether something is there already that must be added to. */
  into(tensor: Tensor): { readonly target: Tensor; readonly accumulate: boolean } {
    if (tensor.storage.kind === 'arena') {
      if (tensor.storage.arena !== 'parameters')
        throw new LabError({ code: 'internal', message: `${tensor.label} is not trained and has no gradient` });
      return {
        target: this.tensors.make(`d_${tensor.label}`, tensor.shape, 'f32', { ...tensor.storage, arena: 'gradients' }),
        accumulate: true,
      };
    }
    const known = this.gradients.get(tensor.id);
    if (known) return { target: known, accumulate: true };
    const target = this.tensors.make(`d_${tensor.label}`, tensor.shape);
    this.gradients.set(tensor.id, target);
    return { target, accumulate: false };
  }

  /**
   * The gradient of a parameter, for kernels that can only add to it.
   * @throws LabError `internal` for a tensor that is no parameter: nothing would be there to add to.
   */
  parameterGradient(tensor: Tensor): Tensor {
    if (tensor.storage.kind !== 'arena')
      throw new LabError({ code: 'internal', message: `${tensor.label} must be a parameter here` });
    return this.into(tensor).target;
  }

  /**
   * For kernels that can only write a gradient: `write` gets where to, and that is added to what other consumers left. What comes from
   * outside (a named buffer) has no gradient: then `write` is not called.
   */
  contribute(tensor: Tensor, write: (target: Tensor) => void): void {
    if (tensor.storage.kind === 'named' || !this.wants(tensor)) return;
    if (this.isFresh(tensor)) {
      write(this.into(tensor).target);
    } else {
      const part = this.scratch(`d_${tensor.label}.part`, tensor.shape);
      write(part);
      this.addGradient(tensor, part);
    }
  }

  /** `tensor` gets a gradient equal to `gradient` but apart from it: either may be added to without the other. */
  copy(tensor: Tensor, gradient: Tensor): void {
    if (tensor.storage.kind === 'named' || !this.wants(tensor)) return;
    if (this.isFresh(tensor)) {
      const { target } = this.into(tensor);
      for (const dispatch of planCopy({ count: elementCount(gradient.shape) }, this.choices.family))
        this.call('copy', dispatch, { x: gradient, y: target });
    } else {
      this.addGradient(tensor, gradient);
    }
  }

  /** True where a gradient may simply be written: no consumer left one, and it is no parameter, whose gradients add up. */
  private isFresh(tensor: Tensor): boolean {
    return tensor.storage.kind !== 'arena' && !this.gradients.has(tensor.id);
  }

  /** What `tensor` has as gradient, plus `part`. */
  private addGradient(tensor: Tensor, part: Tensor): void {
    const count = elementCount(tensor.shape);
    const { target } = this.into(tensor);
    if (tensor.storage.kind === 'arena') {
      // The arena cannot be bound as read and as written at once; a column sum of one row adds in place.
      this.columnSum('add', part, { ...target, shape: [count] });
    } else {
      const sum = this.scratch(`${target.label}.sum`, tensor.shape);
      for (const dispatch of planAdd({ count }, this.choices.family))
        this.call('add', dispatch, { a: target, b: part, c: sum });
      this.gradients.set(tensor.id, sum);
    }
  }

  /** dBias += sums of the columns of `dY`. */
  columnSum(label: string, dY: Tensor, dBias: Tensor): void {
    const columns = dBias.shape[0];
    const plan = planColumnSum({ rows: elementCount(dY.shape) / columns, columns }, this.choices.family);
    const partial = plan.partials > 0 ? this.scratch('partial', [plan.partials, columns]) : undefined;
    for (const dispatch of plan.dispatches) this.call(label, dispatch, { d_y: dY, d_bias: dBias, partial });
  }

  /** The gradient that consumers of `tensor` have put together; null where none has. */
  gradientOf(tensor: Tensor): Tensor | null {
    return this.gradients.get(tensor.id) ?? null;
  }

  /**
   * `tensor` gets the very gradient `gradient` (an identity path, as a residual has): no copy where it is the first.
   * Later consumers add in place; that is safe since whatever read `gradient` as its own output gradient stands earlier.
   */
  pass(tensor: Tensor, gradient: Tensor): void {
    if (!this.wants(tensor)) return;
    if (this.splitBackward && tensor.storage.kind === 'slot' && tensor !== gradient) this.copy(tensor, gradient);
    else if (this.isFresh(tensor)) this.gradients.set(tensor.id, gradient);
    else this.addGradient(tensor, gradient);
  }

  /** Rows of a tensor when its last dim is the row. */
  static rows(tensor: Tensor): number {
    return elementCount(tensor.shape) / (tensor.shape[tensor.shape.length - 1] ?? 1);
  }
}

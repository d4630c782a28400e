// What an operation sees while it is lowered: a place to put dispatches, scratch space, and the gradients of its tensors.
// It turns plans into KernelCalls; it must not touch a device.

import { LabError } from '../core/errors';
import { type ElementType, elementCount, type KernelCall, type Segment, type Storage, type Tensor } from './graph';
import type { KernelCatalog } from './kernelCatalog';
import type { KernelChoices } from './kernelChoices';
import { type MatmulProblem, planMatmul } from './matmul/plan';
import { planAdd } from './plans/add';
import { planColumnSum } from './plans/columnSum';
import type { PlannedDispatch } from './plans/plannedDispatch';

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
  readonly calls: KernelCall[] = [];
  segment: Segment = 'forward';
  /** Prefix of labels: the layer being lowered. */
  scope = '';
  private readonly gradients = new Map<number, Tensor>();

  constructor(
    readonly tensors: TensorFactory,
    readonly choices: KernelChoices,
    private readonly catalog: KernelCatalog,
  ) {}

  /** Appends a planned dispatch; `bindings` may hold more names than the kernel declares, never fewer. */
  call(label: string, planned: PlannedDispatch, bindings: Bindings): void {
    const { storage } = this.catalog.get(planned.kernel, planned.flags).interface;
    const bind: Record<string, Tensor> = {};
    for (const { name } of storage) {
      const tensor = bindings[planned.buffers?.[name] ?? name];
      if (!tensor)
        throw new LabError({ code: 'internal', message: `${planned.kernel} (${label}) needs a tensor for '${name}'` });
      bind[name] = tensor;
    }
    this.calls.push({ ...planned, label: this.scope + label, segment: this.segment, bind });
  }

  matmul(label: string, problem: MatmulProblem, bindings: Bindings): void {
    const plan = planMatmul(problem, this.choices.matmul(problem));
    const scratch = plan.scratchElements > 0 ? this.scratch(`${label}.scratch`, [plan.scratchElements]) : undefined;
    for (const dispatch of plan.dispatches) this.call(label, dispatch, { ...bindings, scratch });
  }

  scratch(label: string, shape: readonly number[], type: ElementType = 'f32'): Tensor {
    return this.tensors.make(label, shape, type);
  }

  /** Where to put the gradient of `tensor`, and whether something is there already that must be added to. */
  into(tensor: Tensor): { readonly target: Tensor; readonly accumulate: boolean } {
    if (tensor.storage.kind === 'arena') {
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

  /** Where to write the gradient of a tensor that has a single consumer. @throws LabError where another wrote one already. */
  only(tensor: Tensor): Tensor {
    const { target, accumulate } = this.into(tensor);
    if (accumulate) throw new LabError({ code: 'internal', message: `${tensor.label} has two consumers; this backward can only write its gradient` });
    return target;
  }

  /** target += source. */
  addInto(target: Tensor, source: Tensor): void {
    const sum = this.scratch(`${target.label}.sum`, target.shape);
    for (const dispatch of planAdd({ count: elementCount(target.shape) }, this.choices.family)) this.call('add', dispatch, { a: target, b: source, c: sum });
    this.replaceGradient(target, sum);
  }

  private replaceGradient(old: Tensor, fresh: Tensor): void {
    for (const [id, gradient] of this.gradients) if (gradient.id === old.id) this.gradients.set(id, fresh);
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
  pass(tensor: Tensor, gradient: Tensor, add: (target: Tensor, source: Tensor) => void): void {
    const known = this.gradients.get(tensor.id);
    if (!known) this.gradients.set(tensor.id, gradient);
    else if (known.id !== gradient.id) add(known, gradient);
  }

  /** Rows of a tensor when its last dim is the row. */
  static rows(tensor: Tensor): number {
    return elementCount(tensor.shape) / (tensor.shape[tensor.shape.length - 1] ?? 1);
  }
}

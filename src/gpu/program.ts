// A Program: the dispatches of a traced step with ready pipelines and bind groups, replayed as often as wanted. Building looks up and
// allocates; replaying does neither. It must not know what the dispatches mean.

import { LabError } from '../core/errors';
import type { GpuDevice } from './device';
import {
  byteLength,
  type CollectiveCall,
  isCollective,
  isDispatch,
  type KernelCall,
  type ProgramCall,
  type Segment,
  type Tensor,
} from './graph';
import type { MemoryPlan } from './memoryPlan';
import { type CompiledKernel, type PipelineCache, variantKey } from './pipelineCache';
import { packParams } from './shaderInterface';

/** WebGPU's floor for uniform offsets. */
const UNIFORM_STRIDE = 256;

export interface ReadyDispatch {
  readonly call: KernelCall;
  readonly pipeline: GPUComputePipeline;
  readonly storage: GPUBindGroup;
  readonly uniforms: GPUBindGroup | null;
}

/** A run of bytes of a buffer. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** An exchange between ranks with the bytes it reads and writes. */
export interface ReadyCollective {
  readonly call: CollectiveCall;
  readonly input: BufferRange;
  readonly output: BufferRange;
}

export type ReadyCall = ReadyDispatch | ReadyCollective;

/** What a segment consists of, in order. */
interface ReadySegment {
  readonly calls: ReadyCall[];
  readonly dispatches: ReadyDispatch[];
}

export function isReadyDispatch(ready: ReadyCall): ready is ReadyDispatch {
  return 'pipeline' in ready;
}

/** Where tensors lie: a rank's memory, or a view of it for one micro-batch. */
export interface TensorPlaces {
  /** `slot` is the tensor's place in the shared pool where it has one. */
  resource(tensor: Tensor, slot: number | undefined): BufferRange;
}

/** Calls with their memory plan: what can be costed and shown before anything is allocated. */
export interface ProgramPlan {
  readonly calls: readonly ProgramCall[];
  readonly memory: MemoryPlan;
}

/** Where a tensor of a program is bound. `slotMap` leads from the plan's slots to the pool's. */
function placeOf(
  places: TensorPlaces,
  { memory }: ProgramPlan,
  slotMap: readonly number[],
  tensor: Tensor,
): BufferRange {
  const slot = memory.slotOf.get(tensor.id);
  return places.resource(tensor, slot === undefined ? undefined : slotMap[slot]);
}

/** Where a tensor's values are: its place without what is only there to fill the binding. */
export function valuesOf(
  places: TensorPlaces,
  plan: ProgramPlan,
  slotMap: readonly number[],
  tensor: Tensor,
): BufferRange {
  return { ...placeOf(places, plan, slotMap, tensor), size: byteLength(tensor) };
}

export function uniformBytes(plans: readonly ProgramPlan[]): number {
  return plans.reduce((sum, plan) => sum + UNIFORM_STRIDE * plan.calls.length, 0);
}

/** Compiles every variant of `plans` in parallel. `onProgress` gets done and total. */
export async function compileAll(
  cache: PipelineCache,
  plans: readonly ProgramPlan[],
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const dispatches = plans.flatMap((plan) => plan.calls).filter(isDispatch);
  const variants = new Map(dispatches.map((call) => [variantKey(call), call]));
  let done = 0;
  onProgress(0, variants.size);
  await Promise.all(
    [...variants.values()].map(async (call) => {
      await cache.get(call);
      onProgress(++done, variants.size);
    }),
  );
}

export class Program {
  private constructor(
    readonly plan: ProgramPlan,
    private readonly segments: ReadonlyMap<Segment, ReadySegment>,
    private readonly uniformBuffer: GPUBuffer,
  ) {}

  /** `slotMap` leads from the plan's slots to the pool's. Pipelines must be compiled already or are compiled here. */
  static async build(
    gpu: GpuDevice,
    cache: PipelineCache,
    memory: TensorPlaces,
    plan: ProgramPlan,
    slotMap: readonly number[],
    stepBuffer: GPUBuffer,
  ): Promise<Program> {
    const { device } = gpu;
    const uniformBuffer = device.createBuffer({
      label: 'params',
      size: Math.max(UNIFORM_STRIDE, UNIFORM_STRIDE * plan.calls.length),
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const place = (tensor: Tensor): BufferRange => placeOf(memory, plan, slotMap, tensor);
    const values = (tensor: Tensor): BufferRange => valuesOf(memory, plan, slotMap, tensor);
    const ready = await Promise.all(
      plan.calls.map(async (call, index): Promise<ReadyCall> => {
        if (isCollective(call)) return { call, input: values(call.bind.input), output: values(call.bind.output) };
        const offset = index * UNIFORM_STRIDE;
        return bindCall(device, place, call, await cache.get(call), { buffer: uniformBuffer, offset }, stepBuffer);
      }),
    );
    const segments = new Map<Segment, ReadySegment>();
    for (const item of ready) {
      const segment = segments.get(item.call.segment) ?? { calls: [], dispatches: [] };
      segments.set(item.call.segment, segment);
      segment.calls.push(item);
      if (isReadyDispatch(item)) segment.dispatches.push(item);
    }
    return new Program(plan, segments, uniformBuffer);
  }

  /** All calls of a segment, exchanges among them. */
  calls(name: Segment): readonly ReadyCall[] {
    return this.segments.get(name)?.calls ?? [];
  }

  /** The dispatches of a segment that needs no other rank. @throws LabError `internal` where it does. */
  segment(name: Segment): readonly ReadyDispatch[] {
    const { calls, dispatches } = this.segments.get(name) ?? { calls: [], dispatches: [] };
    if (dispatches.length === calls.length) return dispatches;
    throw new LabError({ code: 'internal', message: `The ${name} segment of this program needs other ranks` });
  }

  destroy(): void {
    this.uniformBuffer.destroy();
  }
}

function bindCall(
  device: GPUDevice,
  place: (tensor: Tensor) => BufferRange,
  call: KernelCall,
  compiled: CompiledKernel,
  uniform: { readonly buffer: GPUBuffer; readonly offset: number },
  stepBuffer: GPUBuffer,
): ReadyDispatch {
  const { storage, params, usesStep } = compiled.source.interface;
  for (const count of call.workgroups) {
    if (count < 1 || count > 65_535 || !Number.isInteger(count)) {
      throw new LabError({
        code: 'internal',
        message: `${call.label}: ${call.kernel} asks for [${call.workgroups}] workgroups`,
      });
    }
  }
  const entries = storage.map(({ name, binding }) => ({ binding, resource: place(call.bind[name]) }));
  const uniformEntries: GPUBindGroupEntry[] = [];
  if (params.length > 0) {
    const bytes = packParams(call.kernel, params, call.params);
    device.queue.writeBuffer(uniform.buffer, uniform.offset, bytes);
    uniformEntries.push({
      binding: 0,
      resource: { buffer: uniform.buffer, offset: uniform.offset, size: bytes.byteLength },
    });
  }
  if (usesStep) uniformEntries.push({ binding: 1, resource: { buffer: stepBuffer } });
  return {
    call,
    pipeline: compiled.pipeline,
    storage: device.createBindGroup({ label: call.label, layout: compiled.storageLayout, entries }),
    uniforms: compiled.uniformLayout
      ? device.createBindGroup({ label: call.label, layout: compiled.uniformLayout, entries: uniformEntries })
      : null,
  };
}

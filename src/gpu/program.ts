// A Program: the dispatches of a traced step with ready pipelines and bind groups, replayed as often as wanted. Building looks up and
// allocates; replaying does neither. It must not know what the dispatches mean.

import { LabError } from '../core/errors';
import type { GpuDevice } from './device';
import type { KernelCall, Segment } from './graph';
import type { MemoryPlan } from './memoryPlan';
import { type CompiledKernel, type PipelineCache, variantKey } from './pipelineCache';
import type { RankMemory } from './rankMemory';
import { packParams } from './shaderInterface';

/** WebGPU's floor for uniform offsets. */
const UNIFORM_STRIDE = 256;

export interface ReadyDispatch {
  readonly call: KernelCall;
  readonly pipeline: GPUComputePipeline;
  readonly storage: GPUBindGroup;
  readonly uniforms: GPUBindGroup | null;
}

/** Calls with their memory plan: what can be costed and shown before anything is allocated. */
export interface ProgramPlan {
  readonly calls: readonly KernelCall[];
  readonly memory: MemoryPlan;
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
  const variants = new Map(plans.flatMap((plan) => plan.calls).map((call) => [variantKey(call), call]));
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
    private readonly bySegment: ReadonlyMap<Segment, readonly ReadyDispatch[]>,
    private readonly uniformBuffer: GPUBuffer,
  ) {}

  /** `slotMap` leads from the plan's slots to the pool's. Pipelines must be compiled already or are compiled here. */
  static async build(
    gpu: GpuDevice,
    cache: PipelineCache,
    memory: RankMemory,
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
    const compiled = await Promise.all(plan.calls.map((call) => cache.get(call)));
    const ready = plan.calls.map((call, index) => {
      const offset = index * UNIFORM_STRIDE;
      return bindCall(
        device,
        memory,
        plan.memory,
        slotMap,
        call,
        compiled[index],
        { buffer: uniformBuffer, offset },
        stepBuffer,
      );
    });
    const bySegment = new Map<Segment, ReadyDispatch[]>();
    for (const dispatch of ready) {
      const list = bySegment.get(dispatch.call.segment);
      if (list) list.push(dispatch);
      else bySegment.set(dispatch.call.segment, [dispatch]);
    }
    return new Program(plan, bySegment, uniformBuffer);
  }

  segment(name: Segment): readonly ReadyDispatch[] {
    return this.bySegment.get(name) ?? [];
  }

  destroy(): void {
    this.uniformBuffer.destroy();
  }
}

function bindCall(
  device: GPUDevice,
  memory: RankMemory,
  plan: MemoryPlan,
  slotMap: readonly number[],
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
  const entries = storage.map(({ name, binding }) => {
    const slot = plan.slotOf.get(call.bind[name].id);
    return { binding, resource: memory.resource(call.bind[name], slot === undefined ? undefined : slotMap[slot]) };
  });
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

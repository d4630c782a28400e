// Times dispatches on the device: GPU time by timestamps where there are any, else the wall clock over submits of rising length.
// It must not choose, nor know what a kernel computes.

import { type GpuDevice, guarded } from './device';
import type { CompiledKernel, PipelineCache } from './pipelineCache';
import type { PlannedDispatch } from './plans/plannedDispatch';
import { packParams } from './shaderInterface';
import { STEP_BLOCK_BYTES } from './stepBlock';

const REPETITIONS = 5;
/** Time that one repetition aims at, so that a timer of 0.1 ms resolution is good to a percent. */
const TARGET_MICROSECONDS = 10_000;
const MOST_ROUNDS = 200;

interface Bound {
  readonly compiled: CompiledKernel;
  readonly groups: readonly GPUBindGroup[];
  readonly workgroups: readonly [number, number, number];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * Median microseconds, over repetitions, of all `dispatches` one after the other, on buffers of their own (zeros: no kernel of this lab
 * takes longer for other values). Bindings of one name share a buffer, of `elements[name]` times 4 bytes.
 * @throws LabError `gpu.shader`, `gpu.validation` or `gpu.outOfMemory`.
 */
export async function timeDispatches(
  gpu: GpuDevice,
  cache: PipelineCache,
  label: string,
  dispatches: readonly PlannedDispatch[],
  elements: Readonly<Record<string, number>>,
): Promise<number> {
  const { device } = gpu;
  const compiled = await Promise.all(dispatches.map((dispatch) => cache.get(dispatch)));
  const owned: GPUBuffer[] = [];
  const make = (size: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size: Math.max(16, size), usage });
    owned.push(buffer);
    return buffer;
  };
  try {
    return await guarded(device, label, () => {
      const arrays = new Map<string, GPUBuffer>();
      const arrayOf = (name: string): GPUBuffer => {
        const buffer = arrays.get(name) ?? make(4 * elements[name], GPUBufferUsage.STORAGE);
        arrays.set(name, buffer);
        return buffer;
      };
      const bound = dispatches.map((dispatch, index): Bound => {
        const { source, storageLayout, uniformLayout } = compiled[index];
        const { storage, params, usesStep } = source.interface;
        const groups = [
          device.createBindGroup({
            layout: storageLayout,
            entries: storage.map(({ name, binding }) => ({ binding, resource: { buffer: arrayOf(name) } })),
          }),
        ];
        if (uniformLayout) {
          const entries: GPUBindGroupEntry[] = [];
          if (params.length > 0) {
            const bytes = packParams(dispatch.kernel, params, dispatch.params);
            const buffer = make(bytes.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
            device.queue.writeBuffer(buffer, 0, bytes);
            entries.push({ binding: 0, resource: { buffer } });
          }
          if (usesStep)
            entries.push({ binding: 1, resource: { buffer: make(STEP_BLOCK_BYTES, GPUBufferUsage.UNIFORM) } });
          groups.push(device.createBindGroup({ layout: uniformLayout, entries }));
        }
        return { compiled: compiled[index], groups, workgroups: dispatch.workgroups };
      });
      return measure(gpu, bound);
    });
  } finally {
    for (const buffer of owned) buffer.destroy();
  }
}

async function measure(gpu: GpuDevice, bound: readonly Bound[]): Promise<number> {
  const once = gpu.has('timestamp-query') ? stopwatch(gpu.device) : wallClock(gpu.device);
  try {
    await once.run(bound, 1);
    const first = await once.run(bound, 1);
    const rounds = Math.max(1, Math.min(MOST_ROUNDS, Math.floor(TARGET_MICROSECONDS / Math.max(first, 1))));
    const repetitions: number[] = [];
    for (let i = 0; i < REPETITIONS; i++) repetitions.push((await once.run(bound, rounds)) / rounds);
    return median(repetitions);
  } finally {
    once.destroy();
  }
}

interface Clock {
  /** Microseconds of `rounds` of them one after the other. */
  run(bound: readonly Bound[], rounds: number): Promise<number>;
  destroy(): void;
}

function encode(pass: GPUComputePassEncoder, bound: readonly Bound[], rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    for (const { compiled, groups, workgroups } of bound) {
      pass.setPipeline(compiled.pipeline);
      groups.forEach((group, index) => {
        pass.setBindGroup(index, group);
      });
      pass.dispatchWorkgroups(...workgroups);
    }
  }
  pass.end();
}

function stopwatch(device: GPUDevice): Clock {
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  return {
    async run(bound, rounds) {
      const encoder = device.createCommandEncoder();
      encode(
        encoder.beginComputePass({
          timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
        }),
        bound,
        rounds,
      );
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const [start, end] = new BigUint64Array(staging.getMappedRange());
      const nanoseconds = Number(end - start);
      staging.unmap();
      return nanoseconds / 1000;
    },
    destroy() {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    },
  };
}

function wallClock(device: GPUDevice): Clock {
  return {
    async run(bound, rounds) {
      const encoder = device.createCommandEncoder();
      encode(encoder.beginComputePass(), bound, rounds);
      const start = performance.now();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      return 1000 * (performance.now() - start);
    },
    destroy() {},
  };
}

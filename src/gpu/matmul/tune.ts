// Measures variants of one matrix product on the device: GPU time by timestamps where there are any, else the wall clock over
// submits of rising length. It must not choose: variants of one family give the same bits, so choosing is the caller's affair.

import { type GpuDevice, guarded } from '../device';
import type { CompiledKernel, PipelineCache } from '../pipelineCache';
import { packParams } from '../shaderInterface';
import { type MatmulProblem, type MatmulVariant, planMatmul } from './plan';

export interface VariantTime {
  readonly variant: MatmulVariant;
  /** Median over repetitions, of all dispatches of one product. */
  readonly microseconds: number;
}

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

/** Elements of each binding of any matmul kernel. */
function bindingElements({ m, n, k }: MatmulProblem, scratchElements: number): Readonly<Record<string, number>> {
  return { a: m * k, b: k * n, c: m * n, bias: n, aux: m * n, residual: m * n, bias_grad: n, scratch: scratchElements };
}

/**
 * Times each variant on buffers of its own (zeros: no product of this lab takes longer for other values).
 * @throws LabError `gpu.shader`, `gpu.validation` or `gpu.outOfMemory`.
 */
export async function timeVariants(
  gpu: GpuDevice,
  cache: PipelineCache,
  problem: MatmulProblem,
  variants: readonly MatmulVariant[],
): Promise<VariantTime[]> {
  const { device } = gpu;
  const times: VariantTime[] = [];
  for (const variant of variants) {
    const { scratchElements, dispatches } = planMatmul(problem, variant);
    const compiled = await Promise.all(dispatches.map((dispatch) => cache.get(dispatch)));
    const owned: GPUBuffer[] = [];
    const make = (elements: number, usage: number): GPUBuffer => {
      const buffer = device.createBuffer({ size: Math.max(16, 4 * elements), usage });
      owned.push(buffer);
      return buffer;
    };
    try {
      const microseconds = await guarded(device, variant.id, () => {
        const elements = bindingElements(problem, scratchElements);
        const arrays = new Map<string, GPUBuffer>();
        const arrayOf = (name: string): GPUBuffer => {
          const buffer = arrays.get(name) ?? make(elements[name], GPUBufferUsage.STORAGE);
          arrays.set(name, buffer);
          return buffer;
        };
        const bound = dispatches.map((dispatch, index): Bound => {
          const { source, storageLayout, uniformLayout } = compiled[index];
          const groups = [
            device.createBindGroup({
              layout: storageLayout,
              entries: source.interface.storage.map(({ name, binding }) => ({
                binding,
                resource: { buffer: arrayOf(name) },
              })),
            }),
          ];
          if (uniformLayout) {
            const bytes = packParams(dispatch.kernel, source.interface.params, dispatch.params);
            const buffer = make(bytes.byteLength / 4, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
            device.queue.writeBuffer(buffer, 0, bytes);
            groups.push(
              device.createBindGroup({ layout: uniformLayout, entries: [{ binding: 0, resource: { buffer } }] }),
            );
          }
          return { compiled: compiled[index], groups, workgroups: dispatch.workgroups };
        });
        return measure(gpu, bound);
      });
      times.push({ variant, microseconds });
    } finally {
      for (const buffer of owned) buffer.destroy();
    }
  }
  return times;
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
  /** Microseconds of `rounds` products one after the other. */
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

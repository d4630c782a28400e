// Runs one kernel once on arrays given by the caller and reads back what it wrote: for verification, tests and tuning.
// Not for training: it allocates and waits on every call.

import { LabError } from '../core/errors';
import { bufferBytes } from './bufferBytes';
import { type GpuDevice, guarded } from './device';
import type { KernelVariant, PipelineCache } from './pipelineCache';
import { packParams } from './shaderInterface';

export type KernelArray = Float32Array | Uint32Array | Int32Array;

export interface KernelRun extends KernelVariant {
  /** Contents by WGSL name. Writable bindings are read back into fresh arrays of the same type. */
  readonly buffers: Readonly<Record<string, KernelArray>>;
  readonly params: Readonly<Record<string, number>>;
  /** Bytes of the step block, for kernels that read it. */
  readonly step?: ArrayBuffer;
  readonly workgroups: readonly [number, number?, number?];
}

function copyOf(like: KernelArray, bytes: ArrayBuffer): KernelArray {
  if (like instanceof Float32Array) return new Float32Array(bytes);
  return like instanceof Uint32Array ? new Uint32Array(bytes) : new Int32Array(bytes);
}

/**
 * @returns every writable binding's contents after the dispatch, by name.
 * @throws LabError `gpu.shader`, `gpu.validation` or `gpu.outOfMemory`.
 */
export async function runKernel(
  gpu: GpuDevice,
  cache: PipelineCache,
  run: KernelRun,
): Promise<Record<string, KernelArray>> {
  const compiled = await cache.get(run);
  const { device } = gpu;
  const owned: GPUBuffer[] = [];
  const make = (size: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ size: bufferBytes(size), usage });
    owned.push(buffer);
    return buffer;
  };
  try {
    return await guarded(device, run.kernel, async () => {
      const { storage, params, usesStep } = compiled.source.interface;
      const encoder = device.createCommandEncoder();
      const outputs: { name: string; like: KernelArray; staging: GPUBuffer }[] = [];
      const copies: { from: GPUBuffer; to: GPUBuffer; size: number }[] = [];
      const entries = storage.map(({ name, binding, access }) => {
        const content = run.buffers[name];
        if (!content)
          throw new LabError({ code: 'gpu.validation', message: `${run.kernel}: no contents given for '${name}'` });
        const buffer = make(
          content.byteLength,
          GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
        );
        device.queue.writeBuffer(buffer, 0, content);
        if (access === 'read_write') {
          const staging = make(content.byteLength, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
          outputs.push({ name, like: content, staging });
          copies.push({ from: buffer, to: staging, size: content.byteLength });
        }
        return { binding, resource: { buffer } };
      });
      const pass = encoder.beginComputePass();
      pass.setPipeline(compiled.pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: compiled.storageLayout, entries }));
      if (compiled.uniformLayout) {
        const uniforms: GPUBindGroupEntry[] = [];
        if (params.length > 0) {
          const bytes = packParams(run.kernel, params, run.params);
          const buffer = make(bytes.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
          device.queue.writeBuffer(buffer, 0, bytes);
          uniforms.push({ binding: 0, resource: { buffer } });
        }
        if (usesStep) {
          const bytes = run.step ?? new ArrayBuffer(32);
          const buffer = make(bytes.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
          device.queue.writeBuffer(buffer, 0, bytes);
          uniforms.push({ binding: 1, resource: { buffer } });
        }
        pass.setBindGroup(1, device.createBindGroup({ layout: compiled.uniformLayout, entries: uniforms }));
      }
      pass.dispatchWorkgroups(...run.workgroups);
      pass.end();
      for (const { from, to, size } of copies) encoder.copyBufferToBuffer(from, 0, to, 0, size);
      device.queue.submit([encoder.finish()]);
      const results: Record<string, KernelArray> = {};
      for (const { name, like, staging } of outputs) {
        await staging.mapAsync(GPUMapMode.READ);
        results[name] = copyOf(like, staging.getMappedRange(0, like.byteLength).slice(0));
        staging.unmap();
      }
      return results;
    });
  } finally {
    for (const buffer of owned) buffer.destroy();
  }
}

// Times each dispatch of a program with timestamp queries: on demand only, since every dispatch gets a pass of its own.

import type { ReadyDispatch } from './program';

/** WebGPU's limit on a query set. */
const MAX_QUERIES = 4096;

/** Microseconds of each dispatch, in order. Needs the feature `timestamp-query`. */
export async function timeDispatches(device: GPUDevice, dispatches: readonly ReadyDispatch[]): Promise<Float64Array> {
  const times = new Float64Array(dispatches.length);
  const chunk = MAX_QUERIES / 2;
  for (let start = 0; start < dispatches.length; start += chunk) {
    const part = dispatches.slice(start, start + chunk);
    const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * part.length });
    const resolved = device.createBuffer({
      size: 16 * part.length,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const staging = device.createBuffer({
      size: 16 * part.length,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      const encoder = device.createCommandEncoder();
      part.forEach(({ call, pipeline, storage, uniforms }, index) => {
        const pass = encoder.beginComputePass({
          timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 },
        });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, storage);
        if (uniforms) pass.setBindGroup(1, uniforms);
        pass.dispatchWorkgroups(...call.workgroups);
        pass.end();
      });
      encoder.resolveQuerySet(querySet, 0, 2 * part.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, staging.size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const ticks = new BigUint64Array(staging.getMappedRange());
      part.forEach((_, index) => {
        times[start + index] = Number(ticks[2 * index + 1] - ticks[2 * index]) / 1000;
      });
      staging.unmap();
    } finally {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    }
  }
  return times;
}

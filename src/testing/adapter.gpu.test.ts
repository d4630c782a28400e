// The GPU suite's own ground: there is an adapter, a compute shader runs on it, and errors come through as errors.
// If this file fails, no other GPU test means anything. It uses WebGPU bare, on purpose, and nothing of the engine.

import { afterAll, beforeAll, expect, test } from 'vitest';

let device: GPUDevice;
let adapterName = '';

beforeAll(async () => {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error('no WebGPU adapter: GPU tests cannot run, and must not pass');
  const { vendor, architecture, device: part, description, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture, part, description].filter((word) => word !== '').join(' ');
  adapterName = isFallbackAdapter ? `${name} (software)` : name;
  device = await adapter.requestDevice();
});

afterAll(() => device.destroy());

test('an adapter is there, and is named in the report', ({ task }) => {
  task.meta.adapter = adapterName;
  console.log(`GPU tests run on: ${adapterName}`);
  expect(adapterName).not.toBe('');
});

test('a compute shader computes', async () => {
  const values = Float32Array.from({ length: 1000 }, (_, index) => index - 500.25);
  const doubled = await runOnce('fn f(x: f32) -> f32 { return 2.0 * x; }', values);
  expect(doubled).toEqual(values.map((value) => 2 * value));
});

test('a wrong shader is an error, not a wrong result', async () => {
  device.pushErrorScope('validation');
  device.createShaderModule({ code: '@compute @workgroup_size(64) fn main() { let x: f32 = 1u; }' });
  const error = await device.popErrorScope();
  expect(error?.message).toContain('f32');
});

/** Maps `f` over the values in storage, on the device. */
async function runOnce(f: string, values: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const code = `
    @group(0) @binding(0) var<storage, read_write> data: array<f32>;
    ${f}
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < arrayLength(&data)) { data[id.x] = f(data[id.x]); }
    }`;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: values.byteLength, usage });
  const result = device.createBuffer({
    size: values.byteLength,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(buffer, 0, values);
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] }),
  );
  pass.dispatchWorkgroups(Math.ceil(values.length / 64));
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, result, 0, values.byteLength);
  device.queue.submit([encoder.finish()]);
  await result.mapAsync(GPUMapMode.READ);
  const copy = new Float32Array(result.getMappedRange().slice(0));
  buffer.destroy();
  result.destroy();
  return copy;
}

declare module 'vitest' {
  interface TaskMeta {
    /** The adapter that the GPU suite ran on; the test runner prints it. */
    adapter?: string;
  }
}

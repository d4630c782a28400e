// What goes wrong on a device, and how it must show: a lost device, memory beyond the limits, a shader that does not compile, a kernel that
// computes something else. Never zeros, never silence.

import { expect, test, vi } from 'vitest';
import { pointwiseFamily } from '../check/kernels/pointwiseCases';
import { verifyKernels } from '../check/verify';
import { LabError } from '../core/errors';
import { noLora } from '../core/loraConfig';
import { fixedChoices } from '../testing/fixedChoices';
import { tinyModel, tinyTrain } from '../testing/tinyRun';
import { planRank } from '../train/rankPlan';
import { openDevice } from './device';
import { KernelCatalog, shaderSources } from './kernelCatalog';
import { PipelineCache } from './pipelineCache';
import { RankMemory } from './rankMemory';
import { Readback, readBuffer } from './readback';
import { runKernel } from './runKernel';

async function failureOf(work: Promise<unknown>): Promise<LabError> {
  const failure = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (failure instanceof LabError) return failure;
  throw new Error(`expected a LabError, got ${String(failure)}`);
}

test('a device that we destroy is no failure', async () => {
  const gpu = await openDevice('min');
  gpu.destroy();
  expect(await gpu.lost).toBeNull();
});

test('a device lost by another hand is a failure, and a read-back rejects', async () => {
  const gpu = await openDevice('min');
  const { device } = gpu;
  const buffer = device.createBuffer({ size: 64, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Float32Array(16).fill(5));
  const readback = new Readback(device, 64);
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, readback.target, 0, 64);
  device.queue.submit([encoder.finish()]);
  const out = new Uint8Array(64).fill(7);
  const pending = failureOf(readback.into(out));
  device.destroy();
  expect((await pending).code).toBe('gpu.lost');
  expect(out).toEqual(new Uint8Array(64).fill(7));
  expect((await gpu.lost)?.code).toBe('gpu.lost');
  expect((await failureOf(readBuffer(device, buffer, 0, 64))).code).toBe('gpu.lost');
});

test('the floor profile asks for nothing, and says what it leaves off', async () => {
  const gpu = await openDevice('min');
  expect(gpu.facts.profile).toBe('min');
  expect(gpu.facts.limits['maxStorageBufferBindingSize']).toBe(128 * 2 ** 20);
  expect(gpu.facts.features).toEqual([]);
  expect(gpu.facts.missing.length).toBeGreaterThan(0);
  gpu.destroy();
});

test('a model too large for the device is refused with numbers before any buffer is made', async () => {
  const gpu = await openDevice('min');
  const model = { ...tinyModel, vocab_size: 300_000, n_embd: 512 };
  const plan = planRank(
    {
      model,
      microBatchSize: 1,
      microBatches: 1,
      sequenceLength: 8,
      train: tinyTrain,
      lora: noLora,
      distillation: null,
      keepOutputs: false,
    },
    fixedChoices(gpu, 'blocked'),
    new KernelCatalog(),
  );
  const made = vi.spyOn(gpu.device, 'createBuffer');
  const failure = await failureOf(RankMemory.allocate(gpu, plan.memory));
  expect(made).not.toHaveBeenCalled();
  expect(failure.code).toBe('gpu.limit');
  expect(failure.why).toMatch(/^It needs \d+\.\d MiB in one buffer for the \w+ arena; the device allows 128\.0 MiB\.$/);
  expect(failure.advice).toMatch(/Lower/);
  gpu.destroy();
});

test('an error that no scope caught is handed on with its text', async () => {
  const gpu = await openDevice('min');
  const caught = new Promise<LabError>((resolve) => {
    gpu.onUncapturedError = resolve;
  });
  gpu.device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE });
  await gpu.device.queue.onSubmittedWorkDone();
  const error = await caught;
  expect(error.code).toBe('gpu.validation');
  expect(error.why).toMatch(/usage/i);
  gpu.destroy();
});

test('a shader error names file, line and source, in an included part too', async () => {
  const gpu = await openDevice('min');
  const run = {
    flags: { VEC4: false },
    overrides: {},
    kernel: 'add',
    params: { count: 1 },
    buffers: {},
    workgroups: [1],
  } as const;
  const add = shaderSources.get('add.wgsl') ?? '';
  const wrong = new PipelineCache(
    gpu.device,
    new KernelCatalog({ 'add.wgsl': add.replace('a[i] + b[i]', 'a[i] + 1u') }),
  );
  const line = add.split('\n').findIndex((text) => text.includes('a[i] + b[i]')) + 1;
  const failure = await failureOf(runKernel(gpu, wrong, run));
  expect(failure.code).toBe('gpu.shader');
  expect(failure.message).toContain(`src/gpu/shaders/add.wgsl:${line}:`);
  expect(failure.why).toContain('a[i] + 1u');

  const part = shaderSources.get('include/flat.wgsl') ?? '';
  const partLine = part.split('\n').findIndex((text) => text.includes('return')) + 1;
  const included = new PipelineCache(
    gpu.device,
    new KernelCatalog({ 'include/flat.wgsl': part.replace('return', 'retrun') }),
  );
  expect((await failureOf(runKernel(gpu, included, run))).message).toContain(
    `src/gpu/shaders/include/flat.wgsl:${partLine}:`,
  );
  gpu.destroy();
});

test('verify passes the shipped kernel and fails one that is wrong by one part in a thousand', async () => {
  const gpu = await openDevice('min');
  const only = 'add blocked';
  const shipped = await verifyKernels(gpu, { only }, () => undefined, [pointwiseFamily]);
  expect(shipped.rows.length).toBeGreaterThan(0);
  expect(shipped.rows.filter(({ ok }) => !ok)).toEqual([]);
  const add = shaderSources.get('add.wgsl') ?? '';
  const replaceShaders = { 'add.wgsl': add.replace('a[i] + b[i]', '1.001 * a[i] + b[i]') };
  const wrong = await verifyKernels(gpu, { only, replaceShaders }, () => undefined, [pointwiseFamily]);
  expect(wrong.rows).toHaveLength(shipped.rows.length);
  expect(wrong.rows.filter(({ ok }) => ok)).toEqual([]);
  const silent = { 'add.wgsl': add.replace('c[i] = a[i] + b[i];', '') };
  expect(
    (await verifyKernels(gpu, { only, replaceShaders: silent }, () => undefined, [pointwiseFamily])).rows.every(
      ({ ok }) => !ok,
    ),
  ).toBe(true);
  gpu.destroy();
});

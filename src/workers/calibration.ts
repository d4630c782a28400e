// Measures what predictions of this page's own runs go by: each kernel of a configuration, and the way of bytes between devices and workers.
// It runs no step and keeps nothing but the numbers.

import type { CheckContext } from '../check/conformance';
import type { DeviceCalibration, LinkRates } from '../core/deviceRates';
import type { RunConfig } from '../core/runConfig';
import { openDevice } from '../gpu/device';
import { isDispatch, type KernelCall } from '../gpu/graph';
import { plainMatmul } from '../gpu/matmul/plan';
import { timeVariants } from '../gpu/matmul/tune';
import { defaultVariant } from '../gpu/matmul/variants';
import { PipelineCache } from '../gpu/pipelineCache';
import { Readback } from '../gpu/readback';
import type { KernelTimes } from './kernelTimes';
import { meshSpecOf } from './prediction';
import { isMesh, planMesh, planSingle } from './run';

const SMALL_BYTES = 4 * 1024;
const LARGE_BYTES = 4 * 1024 * 1024;
/** Larger than caches, and several times over, so that waking up does not count. */
const COPY_BYTES = 32 * 1024 * 1024;
const COPIES = 4;
const REPETITIONS = 9;
const BUSY_SIZE = 192;

/** Until something was measured: SwiftShader on two cores, medians (docs/performance.md). */
export const assumedLinks: LinkRates = {
  submitMs: 0.3,
  readMs: 0.5,
  readBytesPerMs: 1e6,
  writeBytesPerMs: 2e6,
  messageMs: 0.1,
  messageBytesPerMs: 2e6,
};

/**
 * Measures what `config` asks of the device, within `budgetMs`.
 * @param known what was measured of device and links before, on the same adapter; null: it is measured first
 * @throws LabError `gpu.validation`, `gpu.outOfMemory` or `gpu.timeout`
 */
export async function calibrate(
  engine: CheckContext,
  config: RunConfig,
  vocabularySize: number,
  kernels: KernelTimes,
  known: DeviceCalibration | null,
  budgetMs: number,
): Promise<{ readonly calibration: DeviceCalibration; readonly unmeasured: number }> {
  const links = known?.links ?? (await measureLinks(engine));
  const bytesPerMs = known?.device.bytesPerMs ?? (await measureCopy(engine.gpu.device));
  const unmeasured = await kernels.measure(
    engine.gpu,
    engine.cache,
    kernelsOf(engine, config, vocabularySize),
    budgetMs,
  );
  const device = {
    flopsPerMs: engine.rates.flopsPerMs,
    bytesPerMs,
    dispatchMs: kernels.smallestMs ?? engine.rates.dispatchMs,
  };
  return { calibration: { device, links }, unmeasured };
}

function kernelsOf(engine: CheckContext, config: RunConfig, vocabularySize: number): KernelCall[] {
  if (!isMesh(config)) {
    const { train, optimizer } = planSingle(engine, config, vocabularySize);
    return [...train.calls, ...optimizer.calls].filter(isDispatch);
  }
  return planMesh(engine, meshSpecOf(config, vocabularySize)).flatMap(({ stages, norm, optimizer }) =>
    [...stages.flatMap(({ train }) => train.calls), ...norm.calls, ...optimizer.calls].filter(isDispatch),
  );
}

/** Bytes read and written per millisecond of a copy within the device. */
async function measureCopy(device: GPUDevice): Promise<number> {
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const [from, to] = [0, 1].map(() => device.createBuffer({ label: 'calibration', size: COPY_BYTES, usage }));
  try {
    const copy = async (times: number): Promise<void> => {
      const encoder = device.createCommandEncoder();
      for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(from, 0, to, 0, COPY_BYTES);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    };
    const few = await medianMs(() => copy(1));
    const many = await medianMs(() => copy(1 + COPIES));
    return (2 * COPIES * COPY_BYTES) / Math.max(1e-3, many - few);
  } finally {
    from.destroy();
    to.destroy();
  }
}

/** Runs `work` while another rank's device is busy, as it is when ranks exchange something. */
async function besideAnother<T>({ gpu, cache, choices }: CheckContext, work: () => Promise<T>): Promise<T> {
  const other = await openDevice(gpu.facts.profile);
  const pipelines = new PipelineCache(other.device, cache.catalog);
  const problem = plainMatmul(BUSY_SIZE, BUSY_SIZE, BUSY_SIZE);
  const variants = [defaultVariant(problem, choices.family, gpu.facts)];
  let over = false;
  const busy = async (): Promise<void> => {
    while (!over) await timeVariants(other, pipelines, problem, variants);
  };
  const loop = busy();
  loop.catch(() => undefined);
  try {
    return await work();
  } finally {
    over = true;
    // The measurement stands, whatever becomes of what ran beside it.
    await loop.catch(() => undefined);
    other.destroy();
  }
}

async function measureLinks(engine: CheckContext): Promise<LinkRates> {
  const { device } = engine.gpu;
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ label: 'calibration', size: LARGE_BYTES, usage });
  const small = new Readback(device, SMALL_BYTES);
  const large = new Readback(device, LARGE_BYTES);
  try {
    // Memory that is kept, as ranks keep theirs: fresh memory costs several times the transfer.
    const bytes = new Uint8Array(LARGE_BYTES);
    const read = async (readback: Readback): Promise<void> => {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, readback.target, 0, readback.bytes);
      device.queue.submit([encoder.finish()]);
      await readback.into(bytes.subarray(0, readback.bytes));
    };
    const write = async (length: number): Promise<void> => {
      device.queue.writeBuffer(buffer, 0, bytes, 0, length);
      await device.queue.onSubmittedWorkDone();
    };
    const submitMs = await medianMs(() => write(16));
    return await besideAnother(engine, async () => {
      const readMs = await medianMs(() => read(small));
      const largeReadMs = await medianMs(() => read(large));
      const smallWriteMs = await medianMs(() => write(16));
      const writeMs = await medianMs(() => write(LARGE_BYTES));
      const messageMs = await medianMs(messages(bytes.subarray(0, SMALL_BYTES)));
      const largeMessageMs = await medianMs(messages(bytes));
      const rate = (whole: number, fixed: number): number => LARGE_BYTES / Math.max(1e-3, whole - fixed);
      return {
        submitMs,
        readMs,
        readBytesPerMs: rate(largeReadMs, readMs),
        writeBytesPerMs: rate(writeMs, smallWriteMs),
        messageMs,
        messageBytesPerMs: rate(largeMessageMs, messageMs),
      };
    });
  } finally {
    small.destroy();
    large.destroy();
    buffer.destroy();
  }
}

/** Sends copies of `source`, one a call, each in the buffer that the one before came in: as ranks do. */
function messages(source: Uint8Array): () => Promise<void> {
  let parcel = new Uint8Array(source.length);
  return async () => {
    parcel.set(source);
    parcel = await passed(parcel);
  };
}

/** Given away and received. */
function passed(parcel: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port2.onmessage = ({ data }: MessageEvent<Uint8Array<ArrayBuffer>>) => {
      port1.close();
      port2.close();
      resolve(data);
    };
    port1.postMessage(parcel, [parcel.buffer]);
  });
}

async function medianMs(work: () => Promise<void>): Promise<number> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

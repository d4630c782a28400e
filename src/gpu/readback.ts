// Brings bytes from the GPU into memory that the caller keeps: one copy and one map a call. A failed map is an error, never zeros.

import { within } from '../core/deadline';
import { LabError } from '../core/errors';

/** A ten-million-parameter step takes minutes on a software adapter; longer than this is a hung device. */
const PATIENCE_MS = 900_000;

/** A mappable buffer that is used again and again. */
export class Readback {
  private readonly buffer: GPUBuffer;

  constructor(
    device: GPUDevice,
    readonly bytes: number,
  ) {
    this.buffer = device.createBuffer({
      label: 'readback',
      size: Math.max(16, bytes),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  get target(): GPUBuffer {
    return this.buffer;
  }

  /** Copies the first `out.byteLength` bytes into `out` after the copy into `target` was submitted. @throws LabError `gpu.lost` or `gpu.timeout`. */
  async into(out: Uint8Array): Promise<void> {
    try {
      await within(PATIENCE_MS, 'The graphics device', this.buffer.mapAsync(GPUMapMode.READ, 0, out.byteLength));
    } catch (error) {
      if (error instanceof LabError) throw error;
      throw new LabError(
        { code: 'gpu.lost', message: 'The graphics device did not give its results back.', why: String(error) },
        { cause: error },
      );
    }
    out.set(new Uint8Array(this.buffer.getMappedRange(0, out.byteLength)));
    this.buffer.unmap();
  }

  destroy(): void {
    this.buffer.destroy();
  }
}

/** Reads `bytes` of `source` once, in pieces of at most 64 MiB, so that staging memory stays bounded. */
export async function readBuffer(
  device: GPUDevice,
  source: GPUBuffer,
  offset: number,
  bytes: number,
): Promise<Float32Array> {
  const out = new Float32Array(bytes / 4);
  const view = new Uint8Array(out.buffer);
  const piece = Math.min(bytes, 64 * 2 ** 20);
  const readback = new Readback(device, piece);
  try {
    for (let start = 0; start < bytes; start += piece) {
      const length = Math.min(piece, bytes - start);
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, offset + start, readback.target, 0, length);
      device.queue.submit([encoder.finish()]);
      await readback.into(view.subarray(start, start + length));
    }
  } finally {
    readback.destroy();
  }
  return out;
}

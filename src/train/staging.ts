// Brings tensors from the GPU into memory that can be given away, many at a time: each read has a staging buffer of its own, used again.
// What is copied is what the queue has written by then: later work may overwrite the source. It knows no plan and no peer.

import { LabError } from '../core/errors';
import type { BufferRange } from '../gpu/program';
import { Readback } from '../gpu/readback';
import type { BufferPool } from '../parallel/transport/bufferPool';

/** Staging buffers come in these steps, so that parts that differ by little share them. */
const GRAIN = 4096;

export class Staging {
  private readonly free = new Map<number, Readback[]>();
  private readonly all: Readback[] = [];
  private destroyed = false;
  /** Time until results were there, summed over reads; reads at the same time count each. */
  waitMs = 0;

  constructor(
    private readonly device: GPUDevice,
    readonly pool: BufferPool,
  ) {}

  /** Bytes of all staging buffers. */
  get bytes(): number {
    return this.all.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * The values of `ranges`, one after another, in an array of the pool. The copy is submitted before this returns.
   * @param then encodes what must follow the copy at once, e.g. a clear
   * @throws LabError `gpu.lost` or `gpu.timeout` (as a rejection)
   */
  async read(ranges: readonly BufferRange[], then?: (encoder: GPUCommandEncoder) => void): Promise<Float32Array> {
    if (this.destroyed) throw new LabError({ code: 'run.cancelled', message: 'The run was ended.' });
    const bytes = ranges.reduce((sum, { size }) => sum + size, 0);
    const readback = this.acquire(bytes);
    const encoder = this.device.createCommandEncoder();
    let at = 0;
    for (const { buffer, offset, size } of ranges) {
      encoder.copyBufferToBuffer(buffer, offset, readback.target, at, size);
      at += size;
    }
    then?.(encoder);
    this.device.queue.submit([encoder.finish()]);
    const out = this.pool.take(bytes / 4);
    const startMs = performance.now();
    await readback.into(new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
    this.waitMs += performance.now() - startMs;
    const list = this.free.get(readback.bytes);
    if (list) list.push(readback);
    else this.free.set(readback.bytes, [readback]);
    return out;
  }

  private acquire(bytes: number): Readback {
    const size = Math.max(GRAIN, Math.ceil(bytes / GRAIN) * GRAIN);
    const known = this.free.get(size)?.pop();
    if (known) return known;
    const fresh = new Readback(this.device, size);
    this.all.push(fresh);
    return fresh;
  }

  destroy(): void {
    this.destroyed = true;
    for (const readback of this.all) readback.destroy();
    this.all.length = 0;
    this.free.clear();
  }
}

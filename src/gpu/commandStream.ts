// Encodes ready dispatches and copies into submits of bounded estimated work, since a hung or over-long dispatch cannot be cancelled.
// It owns no buffer and knows no model.

import type { DeviceRates } from '../core/deviceRates';
import type { ReadyDispatch } from './program';

/** Estimated work in one submit, milliseconds. */
const SUBMIT_BUDGET_MS = 150;

export function estimateMs(rates: DeviceRates, call: { readonly flops: number; readonly bytes: number }): number {
  return rates.dispatchMs + Math.max(call.flops / rates.flopsPerMs, call.bytes / rates.bytesPerMs);
}

export class CommandStream {
  private encoder: GPUCommandEncoder | null = null;
  private pass: GPUComputePassEncoder | null = null;
  private estimatedMs = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly rates: DeviceRates,
  ) {}

  private open(): GPUCommandEncoder {
    this.encoder ??= this.device.createCommandEncoder();
    return this.encoder;
  }

  private endPass(): void {
    this.pass?.end();
    this.pass = null;
  }

  run(dispatches: readonly ReadyDispatch[]): void {
    for (const { call, pipeline, storage, uniforms } of dispatches) {
      const cost = estimateMs(this.rates, call);
      if (this.estimatedMs > 0 && this.estimatedMs + cost > SUBMIT_BUDGET_MS) this.submit();
      this.pass ??= this.open().beginComputePass();
      this.pass.setPipeline(pipeline);
      this.pass.setBindGroup(0, storage);
      if (uniforms) this.pass.setBindGroup(1, uniforms);
      this.pass.dispatchWorkgroups(...call.workgroups);
      this.estimatedMs += cost;
    }
  }

  clear(buffer: GPUBuffer): void {
    this.endPass();
    this.open().clearBuffer(buffer);
  }

  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number): void {
    this.endPass();
    this.open().copyBufferToBuffer(from, fromOffset, to, toOffset, bytes);
  }

  /** Sends what is encoded so far. Values written to the queue after this are seen only by what follows. */
  submit(): void {
    this.endPass();
    if (this.encoder) this.device.queue.submit([this.encoder.finish()]);
    this.encoder = null;
    this.estimatedMs = 0;
  }
}

// Brings step metrics back in groups, so that a fast device never waits for the page: each step copies 16 bytes into a staging buffer,
// a full or due buffer is mapped, and at most DEPTH buffers are on their way. That bound is also what limits work in flight.

import type { CommandStream } from '../gpu/commandStream';
import { Readback } from '../gpu/readback';
import { decodeMetrics, type StepMetrics } from './stepMetrics';

const DEPTH = 3;
const CAPACITY = 64;
const BYTES = 16;
/** Steps are grouped so that a group covers about this long: a curve that moves 20 times a second looks live. */
const GROUP_MS = 50;

export interface GroupRow<T> {
  readonly tag: T;
  readonly metrics: StepMetrics;
}

/** `T` is what the caller wants back with each step's metrics. */
export class MetricsRing<T> {
  private readonly stagings: readonly Readback[];
  private readonly values = new Float32Array((CAPACITY * BYTES) / 4);
  private current = 0;
  private tags: T[] = [];
  private groupSize = 1;
  private groupStartedAt = 0;
  private readonly busy: (Promise<void> | null)[] = new Array<Promise<void> | null>(DEPTH).fill(null);
  private chain: Promise<void> = Promise.resolve();
  private failure: unknown = null;

  constructor(
    device: GPUDevice,
    private readonly onGroup: (rows: readonly GroupRow<T>[]) => void,
  ) {
    this.stagings = Array.from({ length: DEPTH }, () => new Readback(device, CAPACITY * BYTES));
  }

  get bytes(): number {
    return DEPTH * CAPACITY * BYTES;
  }

  /** Adds the copy of one step's metrics to `stream`, before it is submitted. */
  record(stream: CommandStream, metrics: GPUBuffer, tag: T): void {
    stream.copy(metrics, 0, this.stagings[this.current].target, BYTES * this.tags.length, BYTES);
    this.tags.push(tag);
  }

  /** To be called after the submit: sends a full group on its way and waits while too many are under way. */
  async settle(): Promise<void> {
    if (this.failure !== null) throw this.failure;
    if (this.tags.length >= this.groupSize) this.flush();
    await this.busy[this.current];
    if (this.failure !== null) throw this.failure;
  }

  /** Resolves when all recorded steps have been handed out. */
  async drain(): Promise<void> {
    this.flush();
    await this.chain;
    if (this.failure !== null) throw this.failure;
  }

  private flush(): void {
    if (this.tags.length === 0) return;
    const staging = this.stagings[this.current];
    const index = this.current;
    const tags = this.tags;
    this.tags = [];
    this.current = (this.current + 1) % DEPTH;
    const previous = this.chain;
    const out = new Uint8Array(this.values.buffer, 0, tags.length * BYTES);
    const work = (async () => {
      await previous;
      if (this.failure !== null) return;
      try {
        await staging.into(out);
        const now = performance.now();
        const stepMs = (now - this.groupStartedAt) / tags.length;
        if (this.groupStartedAt > 0)
          this.groupSize = Math.max(1, Math.min(CAPACITY, Math.round(GROUP_MS / Math.max(0.1, stepMs))));
        this.groupStartedAt = now;
        this.onGroup(tags.map((tag, i) => ({ tag, metrics: decodeMetrics(this.values, (i * BYTES) / 4) })));
      } catch (error) {
        this.failure = error;
      } finally {
        this.busy[index] = null;
      }
    })();
    this.busy[index] = work;
    this.chain = work;
  }

  destroy(): void {
    for (const staging of this.stagings) staging.destroy();
  }
}

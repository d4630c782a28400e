// What each kernel of a plan takes on this device: measured one by one, at its own sizes, on a device that does nothing else; and where it was
// not measured, an estimate from rates. It knows no plan.

import type { DeviceRates } from '../core/deviceRates';
import { estimateMs } from '../gpu/commandStream';
import type { GpuDevice } from '../gpu/device';
import { elementCount, type KernelCall } from '../gpu/graph';
import type { PipelineCache } from '../gpu/pipelineCache';
import { timeDispatches } from '../gpu/stopwatch';

export class KernelTimes {
  private readonly measured = new Map<string, number>();
  /** What measured kernels take over what they were estimated at, in all: for those that were not measured. */
  private scale = 1;

  constructor(readonly rates: DeviceRates) {}

  get count(): number {
    return this.measured.size;
  }

  /** Of the smallest kernel that was measured: what a dispatch costs beside its work, at most. Null before any was. */
  get smallestMs(): number | null {
    return this.measured.size === 0 ? null : Math.min(...this.measured.values());
  }

  milliseconds(call: KernelCall): number {
    return this.measured.get(keyOf(call)) ?? this.scale * estimateMs(this.rates, call);
  }

  /**
   * Measures the kernels of `calls` that were not measured before, the dearest first, until `budgetMs` is spent.
   * @returns how many distinct ones are still not measured
   */
  async measure(gpu: GpuDevice, cache: PipelineCache, calls: readonly KernelCall[], budgetMs: number): Promise<number> {
    const open = new Map<string, { readonly call: KernelCall; estimatedMs: number }>();
    for (const call of calls) {
      const key = keyOf(call);
      if (this.measured.has(key)) continue;
      const known = open.get(key);
      const estimatedMs = estimateMs(this.rates, call);
      if (known) known.estimatedMs += estimatedMs;
      else open.set(key, { call, estimatedMs });
    }
    const queue = [...open].sort(([, a], [, b]) => b.estimatedMs - a.estimatedMs);
    const endMs = performance.now() + budgetMs;
    let done = 0;
    for (const [key, { call }] of queue) {
      if (performance.now() > endMs) break;
      const microseconds = await timeDispatches(gpu, cache, call.label, [call], elementsOf(call));
      this.measured.set(key, microseconds / 1000);
      done++;
    }
    const measuredCalls = queue.slice(0, done).map(([, { call }]) => call);
    const estimated = measuredCalls.reduce((sum, call) => sum + estimateMs(this.rates, call), 0);
    const taken = measuredCalls.reduce((sum, call) => sum + this.milliseconds(call), 0);
    if (estimated > 0) this.scale = taken / estimated;
    return queue.length - done;
  }
}

/** Kernels of one key do the same work. */
function keyOf({ kernel, flags, workgroups, params }: KernelCall): string {
  return JSON.stringify([kernel, flags, workgroups, params]);
}

function elementsOf({ bind }: KernelCall): Record<string, number> {
  return Object.fromEntries(Object.entries(bind).map(([name, { shape }]) => [name, elementCount(shape)]));
}

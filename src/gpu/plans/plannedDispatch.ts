// One dispatch as plain data: which kernel variant, with which values, on how many workgroups, at what cost.
// Planners make these in Node; it must not hold buffers or touch a device.

import type { KernelVariant } from '../pipelineCache';

/**
 * What a device wants of a kernel. `blocked`: software adapters, where barriers are dear; a thread works alone.
 * `tiled`: GPUs; threads of a workgroup share a row and reduce in workgroup memory.
 */
export type PlanFamily = 'blocked' | 'tiled';

export interface PlannedDispatch extends KernelVariant {
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number, number];
  readonly flops: number;
  /** Bytes that must be read and written at least once. */
  readonly bytes: number;
  /** WGSL binding -> the planned operation's tensor, where the names differ (an operation of several dispatches with scratch). */
  readonly buffers?: Readonly<Record<string, string>>;
  /** Of one of two ways to attend: it runs in contexts of this length alone, else always. */
  readonly context?: ContextLength;
}

/** How many keys the longest text has by now: below or from plans/cachedAttention.ts's LONG_CONTEXT on. */
export type ContextLength = 'short' | 'long';

/** WebGPU's floor for maxComputeWorkgroupsPerDimension. */
const WORKGROUPS_PER_DIMENSION = 65_535;

/** Workgroups folded to two dimensions, evenly; kernels skip the few too many. Mirrors shaders/include/flat.wgsl. */
export function foldWorkgroups(count: number): readonly [number, number, number] {
  const y = Math.max(1, Math.ceil(count / WORKGROUPS_PER_DIMENSION));
  return [Math.max(1, Math.ceil(count / y)), y, 1];
}

// Every kernel variant against its float64 twin on this device: one row a written tensor of a case. It chooses nothing and skips nothing
// silently: a variant whose feature the device lacks is reported as left out, and does not count as passed.

import { toLabErrorData } from '../core/errors';
import type { CheckRow } from '../core/records';
import type { GpuDevice } from '../gpu/device';
import { KernelCatalog } from '../gpu/kernelCatalog';
import { PipelineCache } from '../gpu/pipelineCache';
import { runKernel } from '../gpu/runKernel';
import { type FamilyCase, judge, type KernelFamily } from './kernelCase';
import { kernelFamilies } from './kernels/families';

export interface VerifyOutcome {
  readonly rows: readonly CheckRow[];
  /** Cases that need a feature the device does not have, with the feature. */
  readonly leftOut: readonly string[];
}

export interface VerifyRequest {
  /** Only cases whose family or name contains this. */
  readonly only?: string;
  readonly replaceShaders?: Readonly<Record<string, string>>;
}

/** Cases compiled side by side, which is most of the time on a software adapter; their arrays are in memory together. */
const COMPILED_AHEAD = 12;

function* inGroups<T>(items: Iterable<T>, size: number): Iterable<readonly T[]> {
  let group: T[] = [];
  for (const item of items) {
    if (group.push(item) < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** What a case needs and the device does not have, or null. */
function lacking(gpu: GpuDevice, { needs, needsWorkgroupStorage = 0 }: FamilyCase): string | null {
  if (needs !== undefined && !gpu.has(needs)) return needs;
  const storage = gpu.facts.limits['maxComputeWorkgroupStorageSize'];
  return needsWorkgroupStorage > storage ? `${needsWorkgroupStorage} bytes of workgroup memory, has ${storage}` : null;
}

export async function verifyKernels(
  gpu: GpuDevice,
  request: VerifyRequest,
  onRow: (row: CheckRow) => void,
  families: readonly KernelFamily[] = kernelFamilies,
): Promise<VerifyOutcome> {
  const cache = new PipelineCache(gpu.device, new KernelCatalog(request.replaceShaders));
  const rows: CheckRow[] = [];
  const leftOut: string[] = [];
  const wanted = (name: string): boolean => request.only === undefined || name.includes(request.only);
  const report = (row: CheckRow): void => {
    rows.push(row);
    onRow(row);
  };
  /** Wanted cases that this device can run; the others are noted. */
  function* runnable({ family, cases }: KernelFamily): Iterable<FamilyCase & { readonly check: string }> {
    for (const kernelCase of cases((name) => wanted(`${family} ${name}`))) {
      const check = `${family} ${kernelCase.name}`;
      if (!wanted(check)) continue;
      const lacks = lacking(gpu, kernelCase);
      if (lacks === null) yield { ...kernelCase, check };
      else leftOut.push(`${check}: needs ${lacks}`);
    }
  }
  for (const family of families) {
    // Twins are slow and answer at once: between families the worker has to show that it is alive.
    await new Promise((resolve) => setTimeout(resolve));
    for (const group of inGroups(runnable(family), COMPILED_AHEAD)) {
      // A kernel that does not compile is said by its own case below.
      await Promise.allSettled(group.map(({ run }) => cache.get(run)));
      for (const { check, run, expected } of group) {
        try {
          const outputs = await runKernel(gpu, cache, run);
          for (const row of judge(check, outputs, expected)) report(row);
        } catch (error) {
          const { message, why } = toLabErrorData(error);
          report({
            check,
            maxError: Infinity,
            tolerance: 0,
            ok: false,
            details: why ? `${message} (${why})` : message,
          });
        }
      }
    }
  }
  return { rows, leftOut };
}

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
  for (const { family, cases } of families) {
    // Twins are slow and answer at once: between families the worker has to show that it is alive.
    await new Promise((resolve) => setTimeout(resolve));
    for (const kernelCase of cases()) {
      const check = `${family} ${kernelCase.name}`;
      if (!wanted(check)) continue;
      const lacks = lacking(gpu, kernelCase);
      if (lacks !== null) {
        leftOut.push(`${check}: needs ${lacks}`);
        continue;
      }
      try {
        const outputs = await runKernel(gpu, cache, kernelCase.run);
        for (const row of judge(check, outputs, kernelCase.expected)) report(row);
      } catch (error) {
        const { message, why } = toLabErrorData(error);
        report({ check, maxError: Infinity, tolerance: 0, ok: false, details: why ? `${message} (${why})` : message });
      }
    }
  }
  return { rows, leftOut };
}

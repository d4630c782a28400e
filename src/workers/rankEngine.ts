// Opens what a rank works with: device, pipeline cache, kernel choices, and the rates that estimates go by. It holds no run.

import type { CheckContext } from '../check/conformance';
import type { DeviceRates } from '../core/deviceRates';
import { openDevice } from '../gpu/device';
import { KernelCatalog } from '../gpu/kernelCatalog';
import { PipelineCache } from '../gpu/pipelineCache';
import { MeasuredChoices } from '../gpu/tuning';

function ratesOf(choices: MeasuredChoices): DeviceRates {
  // Bandwidth and launch cost as measured once on SwiftShader and on an H100 (docs/performance.md); only estimates depend on them.
  return choices.family === 'blocked'
    ? { flopsPerMs: choices.flopsPerMs, bytesPerMs: 2e6, dispatchMs: 0.015 }
    : { flopsPerMs: choices.flopsPerMs, bytesPerMs: 5e8, dispatchMs: 0.006 };
}

/** @throws LabError `gpu.unavailable` or `gpu.timeout`. */
export async function openEngine(
  profile: 'adapter' | 'min',
  onPhase: (label: 'device' | 'tune' | 'idle') => void,
): Promise<CheckContext> {
  onPhase('device');
  const gpu = await openDevice(profile);
  const cache = new PipelineCache(gpu.device, new KernelCatalog());
  onPhase('tune');
  const choices = await MeasuredChoices.measure(gpu, cache);
  onPhase('idle');
  return { gpu, cache, choices, rates: ratesOf(choices) };
}

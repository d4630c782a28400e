// The device that a test file, or a describe block, runs on: opened before its tests, destroyed after them. Test-only.

import { afterAll, beforeAll } from 'vitest';
import { type GpuDevice, type LimitsProfile, openDevice } from '../gpu/device';
import { KernelCatalog } from '../gpu/kernelCatalog';
import { PipelineCache } from '../gpu/pipelineCache';

export interface TestDevice {
  readonly gpu: GpuDevice;
  readonly cache: PipelineCache;
}

/** To be called where hooks may be; what it returns can be read from the first hook or test after it on. */
export function testDevice(profile: LimitsProfile): TestDevice {
  let opened: TestDevice | null = null;
  beforeAll(async () => {
    const gpu = await openDevice(profile);
    opened = { gpu, cache: new PipelineCache(gpu.device, new KernelCatalog()) };
  });
  afterAll(() => opened?.gpu.destroy());
  const now = (): TestDevice => {
    if (opened) return opened;
    throw new Error('the test device is not open yet');
  };
  return {
    get gpu() {
      return now().gpu;
    },
    get cache() {
      return now().cache;
    },
  };
}

// What building programs for generation needs of a device.

import type { DeviceRates } from '../core/deviceRates';
import type { GpuDevice } from '../gpu/device';
import type { KernelChoices } from '../gpu/kernelChoices';
import type { PipelineCache } from '../gpu/pipelineCache';

export interface InferEngine {
  readonly gpu: GpuDevice;
  readonly cache: PipelineCache;
  readonly choices: KernelChoices;
  readonly rates: DeviceRates;
}

// Kernel choices for plans that never run: WebGPU's default limits, and nothing measured. Test-only; needs no device.

import type { KernelChoices } from '../gpu/kernelChoices';
import { defaultVariant } from '../gpu/matmul/variants';

const device = {
  limits: {
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxStorageBufferBindingSize: 134_217_728,
    maxBufferSize: 268_435_456,
    maxStorageBuffersPerShaderStage: 8,
  },
  features: [],
};

export const plannedChoices: KernelChoices = {
  family: 'blocked',
  ...device,
  matmul: (problem) => defaultVariant(problem, 'blocked', device),
  describe: () => [],
};

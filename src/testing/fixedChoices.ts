// Kernel choices by family and shape alone, so that a test measures nothing and runs the same kernels every time. Test-only.

import type { GpuDevice } from '../gpu/device';
import type { KernelChoices, KernelFamilyName } from '../gpu/kernelChoices';
import { defaultVariant } from '../gpu/matmul/variants';

export function fixedChoices({ facts }: GpuDevice, family: KernelFamilyName): KernelChoices {
  return {
    family,
    limits: facts.limits,
    features: facts.features,
    matmul: (problem) => defaultVariant(problem, family, facts),
    describe: () => [],
  };
}

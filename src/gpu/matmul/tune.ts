// Measures variants of one matrix product on the device. It must not choose: variants of one family give the same bits, so choosing is
// the caller's affair.

import type { GpuDevice } from '../device';
import type { PipelineCache } from '../pipelineCache';
import { timeDispatches } from '../stopwatch';
import { type MatmulProblem, type MatmulVariant, planMatmul } from './plan';

export interface VariantTime {
  readonly variant: MatmulVariant;
  /** Median over repetitions, of all dispatches of one product. */
  readonly microseconds: number;
}

/** Elements of each binding of any matmul kernel. */
function bindingElements({ m, n, k }: MatmulProblem, scratchElements: number): Readonly<Record<string, number>> {
  return { a: m * k, b: k * n, c: m * n, bias: n, aux: m * n, residual: m * n, bias_grad: n, scratch: scratchElements };
}

/**
 * Times each variant on buffers of its own.
 * @throws LabError `gpu.shader`, `gpu.validation` or `gpu.outOfMemory`.
 */
export async function timeVariants(
  gpu: GpuDevice,
  cache: PipelineCache,
  problem: MatmulProblem,
  variants: readonly MatmulVariant[],
): Promise<VariantTime[]> {
  const times: VariantTime[] = [];
  for (const variant of variants) {
    const { scratchElements, dispatches } = planMatmul(problem, variant);
    const elements = bindingElements(problem, scratchElements);
    times.push({ variant, microseconds: await timeDispatches(gpu, cache, variant.id, dispatches, elements) });
  }
  return times;
}

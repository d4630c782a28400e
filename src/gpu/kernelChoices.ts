// Which kernel variants a run uses: the family its adapter was measured to prefer, and the matmul variant of each problem.
// Part of a run's record: every rank of a run uses the same choices.

import type { MatmulProblem, MatmulVariant } from './matmul/plan';

/** `tiled`: workgroup memory and barriers, for GPUs. `blocked`: registers only, for software adapters. */
export type KernelFamilyName = 'tiled' | 'blocked';

export interface KernelChoices {
  readonly family: KernelFamilyName;
  /** The device's limits that plans depend on, by WebGPU's names. */
  readonly limits: Readonly<Record<string, number>>;
  readonly features: readonly string[];
  matmul(problem: MatmulProblem): MatmulVariant;
  /** The choices made so far as text, for the run's record. */
  describe(): readonly string[];
}

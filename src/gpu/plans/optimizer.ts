// Plans AdamW and SGD over a flat arena: one dispatch for all parameters. Muon has a file of its own.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

interface ArenaProblem {
  readonly count: number;
  /** Elements from the arena's start that decay: tensors of 2 or more dims come first. */
  readonly decayEnd: number;
  readonly weightDecay: number;
  /** Leave everything as it is where a gradient was not finite. */
  readonly skipNonFinite: boolean;
}

export interface AdamWProblem extends ArenaProblem {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface SgdProblem extends ArenaProblem {
  readonly momentum: number;
  readonly nesterov: boolean;
  /** decay * p joins the gradient (torch.optim.SGD) instead of shrinking p apart. */
  readonly coupled: boolean;
}

/** Tensors: parameters, gradients, moment1, moment2, metrics. Reads step.learning_rate and both bias corrections. */
export function planAdamW(problem: AdamWProblem, family: PlanFamily): PlannedDispatch[] {
  const { count, decayEnd, weightDecay, skipNonFinite, beta1, beta2, epsilon } = problem;
  const { vec4, overrides, workgroups } = planElementwise(count, family, decayEnd);
  return [
    {
      kernel: 'adamw',
      flags: { VEC4: vec4 },
      overrides,
      params: {
        count,
        decay_end: decayEnd,
        beta1,
        beta2,
        one_minus_beta1: 1 - beta1,
        one_minus_beta2: 1 - beta2,
        epsilon,
        weight_decay: weightDecay,
        skip_non_finite: Number(skipNonFinite),
      },
      workgroups,
      flops: 15 * count,
      bytes: 28 * count,
    },
  ];
}

/** Tensors: parameters, gradients, moment1, metrics. Reads step.learning_rate. */
export function planSgd(problem: SgdProblem, family: PlanFamily): PlannedDispatch[] {
  const { count, decayEnd, weightDecay, skipNonFinite, momentum, nesterov, coupled } = problem;
  const { vec4, overrides, workgroups } = planElementwise(count, family, decayEnd);
  return [
    {
      kernel: 'sgd',
      flags: { VEC4: vec4, NESTEROV: nesterov, COUPLED: coupled },
      overrides,
      params: {
        count,
        decay_end: decayEnd,
        momentum,
        weight_decay: weightDecay,
        skip_non_finite: Number(skipNonFinite),
      },
      workgroups,
      flops: 8 * count,
      bytes: 20 * count,
    },
  ];
}

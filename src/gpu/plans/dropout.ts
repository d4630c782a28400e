// Plans dropout; the backward is the same plan on the gradient, without the residual.

import { planElementwise } from './elementwise';
import type { PlanFamily, PlannedDispatch } from './plannedDispatch';

export interface DropoutProblem {
  /** Elements of x. */
  readonly count: number;
  /** Elements of one sequence of the whole stream: tokens * C. */
  readonly sequenceElements: number;
  /** Where x begins in the micro-batch's stream [N, C]: 0, or more for a rank that holds a run of its rows. */
  readonly firstElement: number;
  /** hashName of the place in the model. */
  readonly tag: number;
  /** At least 0, below 1. */
  readonly rate: number;
  readonly residual: boolean;
  /** Where x is some columns of the stream: how many, of how many, from which on. */
  readonly window?: { readonly columns: number; readonly of: number; readonly first: number };
}

/** Tensors: x, residual (if so), y. Reads step.seed, step.step and step.first_row. */
export function planDropout(
  { count, sequenceElements, firstElement, tag, rate, residual, window }: DropoutProblem,
  family: PlanFamily,
): PlannedDispatch[] {
  const { vec4, overrides, workgroups } = planElementwise(count, family, window?.columns);
  const threshold = Math.fround(rate);
  return [
    {
      kernel: 'dropout',
      flags: { VEC4: vec4, RESIDUAL: residual, COLUMNS: window !== undefined },
      overrides,
      params: {
        count,
        sequence_elements: sequenceElements,
        first_element: firstElement,
        tag,
        ...(window ? { columns: window.columns, stream_columns: window.of, first_column: window.first } : {}),
        rate: threshold,
        keep_scale: 1 / (1 - threshold),
      },
      workgroups,
      flops: 2 * count,
      bytes: 4 * (residual ? 3 : 2) * count,
    },
  ];
}

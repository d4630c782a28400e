// Who waits for whom: what a slot needs and what it gives. The one place where this rule is written; validity, timing and
// messages all follow from it. It knows no order and no time.

import { type ScheduleSizes, type ScheduleSlot, stageCount } from './schedule';

/**
 * What passes between slots: `output`, the activations that a stage's forward computed; `gradient`, the loss gradient of the
 * stage's input, from a backward or an input gradient.
 */
export interface Product {
  readonly of: 'output' | 'gradient';
  readonly stage: number;
  readonly microBatch: number;
}

/**
 * A forward needs the output of the stage before; a backward or an input gradient needs its own forward and the gradient of the
 * stage after; a weight gradient needs its own input gradient, which kept what it takes.
 */
export function neededBy({ stage, pass, microBatch }: ScheduleSlot, sizes: ScheduleSizes): Product[] {
  if (pass === 'forward') return stage === 0 ? [] : [{ of: 'output', stage: stage - 1, microBatch }];
  if (pass === 'weightGradient') return [{ of: 'gradient', stage, microBatch }];
  const own: Product = { of: 'output', stage, microBatch };
  return stage + 1 === stageCount(sizes) ? [own] : [own, { of: 'gradient', stage: stage + 1, microBatch }];
}

/** null for a weight gradient: nobody waits for it within the step. */
export function givenBy({ stage, pass, microBatch }: ScheduleSlot): Product | null {
  if (pass === 'weightGradient') return null;
  return { of: pass === 'forward' ? 'output' : 'gradient', stage, microBatch };
}

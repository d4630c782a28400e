// How many activations a rank really holds at once, counted on its slots. The bound that each schedule promises is
// activationBound (makeSchedule.ts). Counts, not bytes: what one weighs is the model's to say.

import type { Schedule } from './schedule';

export interface HeldActivations {
  /** Most (stage, micro-batch) activations at once, over all stages of the rank. */
  readonly total: number;
  /** For each stage of the rank, the most micro-batches at once; their sum may exceed `total`. */
  readonly byStage: ReadonlyMap<number, number>;
}

/** From each forward until its backward, or until its weight gradient where the backward is split. */
export function heldActivations(schedule: Schedule, rank: number): HeldActivations {
  const held = new Map<number, number>();
  const byStage = new Map<number, number>();
  let now = 0;
  let total = 0;
  for (const slot of schedule.slots[rank]) {
    if (slot === null || slot.pass === 'inputGradient') continue;
    const change = slot.pass === 'forward' ? 1 : -1;
    const ofStage = (held.get(slot.stage) ?? 0) + change;
    held.set(slot.stage, ofStage);
    byStage.set(slot.stage, Math.max(ofStage, byStage.get(slot.stage) ?? 0));
    now += change;
    total = Math.max(total, now);
  }
  return { total, byStage };
}

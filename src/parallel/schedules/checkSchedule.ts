// Is a schedule right? Every pass exactly once, on the rank that holds its stage, and an order in which all ranks finish.
// Pure; it judges any schedule, whoever made it, and repairs none.

import { type Schedule, slotText, stageCount } from './schedule';
import { runInOrder, stuckText } from './timeline';

/** The first rule that the schedule breaks, as a sentence; null if it keeps all. */
export function checkSchedule(schedule: Schedule): string | null {
  return placementFault(schedule) ?? countFault(schedule) ?? orderFault(schedule);
}

function placementFault(schedule: Schedule): string | null {
  const stages = stageCount(schedule);
  if (schedule.slots.length !== schedule.ranks)
    return `it has slots for ${schedule.slots.length} of ${schedule.ranks} ranks`;
  for (const [rank, slots] of schedule.slots.entries()) {
    for (const slot of slots) {
      if (slot === null) continue;
      if (!isIndex(slot.stage, stages) || !isIndex(slot.microBatch, schedule.microBatches))
        return `${slotText(slot)} is outside of ${stages} stages and ${schedule.microBatches} micro-batches`;
      const holder = schedule.rankOfStage(slot.stage);
      if (holder !== rank) return `${slotText(slot)} is on rank ${rank}, and rank ${holder} holds stage ${slot.stage}`;
    }
  }
  return null;
}

/** Once forward; and once backward, or once input gradient and once weight gradient. */
function countFault(schedule: Schedule): string | null {
  const counts = new Map<string, number>();
  for (const slots of schedule.slots) {
    for (const slot of slots) if (slot !== null) counts.set(slotText(slot), (counts.get(slotText(slot)) ?? 0) + 1);
  }
  for (const [text, count] of counts) if (count > 1) return `${text} runs ${count} times`;
  for (let stage = 0; stage < stageCount(schedule); stage++) {
    for (let microBatch = 0; microBatch < schedule.microBatches; microBatch++) {
      const has = (letter: string) => counts.has(`${stage}${letter}${microBatch}`);
      if (!has('F')) return `${stage}F${microBatch} never runs`;
      if (has('I') !== has('W')) return `stage ${stage} runs one half of the backward of micro-batch ${microBatch}`;
      if (has('B') === has('I'))
        return `stage ${stage} runs ${has('B') ? 'two backwards' : 'no backward'} of micro-batch ${microBatch}`;
    }
  }
  return null;
}

function orderFault(schedule: Schedule): string | null {
  const { stuck } = runInOrder(schedule, { forward: 1, backward: 1, inputGradient: 1, weightGradient: 1 });
  return stuck.length === 0 ? null : stuckText(stuck);
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}

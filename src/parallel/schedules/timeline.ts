// When each slot of a schedule runs if every rank keeps its order and starts a slot as soon as its inputs are there.
// Messages cost nothing here: the simulator of the planner knows links. Idle slots are not run; waiting shows as gaps.

import { LabError } from '../../core/errors';
import type { ComputePass } from '../stepPlan';
import { givenBy, neededBy, type Product } from './dependencies';
import { type Schedule, type ScheduleSlot, slotText, stageCount } from './schedule';

/** Time of each pass of one stage, in any one unit. Stages are taken as equal. */
export type PassCosts = Readonly<Record<ComputePass, number>>;

export interface TimedSlot {
  readonly slot: ScheduleSlot;
  readonly start: number;
  readonly end: number;
}

export interface ScheduleTimeline {
  /** slots[rank] in execution order. */
  readonly slots: readonly (readonly TimedSlot[])[];
  /** From the first start to the last end, in the costs' unit. */
  readonly makespan: number;
  /** Share of all ranks' time, over the makespan, in which they run nothing. */
  readonly bubbleShare: number;
}

export interface RunInOrder {
  readonly slots: readonly (readonly TimedSlot[])[];
  /** Each rank's next slot that can never start; empty if all ran. */
  readonly stuck: readonly { readonly rank: number; readonly slot: ScheduleSlot }[];
}

/** Runs every rank's slots in order for as long as any can start. */
export function runInOrder(schedule: Schedule, costs: PassCosts): RunInOrder {
  const count = stageCount(schedule) * schedule.microBatches;
  const unknown = -1;
  const readyAt = { output: new Float64Array(count).fill(unknown), gradient: new Float64Array(count).fill(unknown) };
  const indexOf = ({ stage, microBatch }: Product) => stage * schedule.microBatches + microBatch;
  const ranks = schedule.slots.map((slots) => ({
    queue: slots.filter((slot) => slot !== null),
    timed: [] as TimedSlot[],
    now: 0,
  }));
  let progress = true;
  while (progress) {
    progress = false;
    for (const rank of ranks) {
      for (;;) {
        const slot = rank.queue[rank.timed.length];
        if (slot === undefined) break;
        const ready = neededBy(slot, schedule).map((product) => readyAt[product.of][indexOf(product)]);
        if (ready.includes(unknown)) break;
        const start = Math.max(rank.now, ...ready);
        const end = start + costs[slot.pass];
        rank.timed.push({ slot, start, end });
        rank.now = end;
        const product = givenBy(slot);
        if (product !== null) readyAt[product.of][indexOf(product)] = end;
        progress = true;
      }
    }
  }
  return {
    slots: ranks.map(({ timed }) => timed),
    stuck: ranks.flatMap(({ queue, timed }, rank) =>
      timed.length < queue.length ? [{ rank, slot: queue[timed.length] }] : [],
    ),
  };
}

/** @throws LabError `internal` for a schedule whose ranks wait for each other for ever. */
export function scheduleTimeline(schedule: Schedule, costs: PassCosts): ScheduleTimeline {
  const { slots, stuck } = runInOrder(schedule, costs);
  if (stuck.length > 0) {
    throw new LabError({
      code: 'internal',
      message: `The schedule ${schedule.name} cannot finish.`,
      why: stuckText(stuck),
    });
  }
  const makespan = slots.reduce((latest, rank) => Math.max(latest, rank.at(-1)?.end ?? 0), 0);
  const busy = slots.flat().reduce((sum, { start, end }) => sum + end - start, 0);
  return { slots, makespan, bubbleShare: makespan === 0 ? 0 : 1 - busy / (makespan * schedule.ranks) };
}

export function stuckText(stuck: RunInOrder['stuck']): string {
  return stuck.map(({ rank, slot }) => `rank ${rank} waits for ever before ${slotText(slot)}`).join('; ');
}

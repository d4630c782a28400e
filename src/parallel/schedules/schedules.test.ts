// What holds for every schedule at any size: each pass once, no deadlock however late messages come, no more activations than
// promised. Sizes are drawn; those that a rule forbids are tested as refusals in makeSchedule.test.ts.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scheduleNames } from '../../core/runConfig';
import { heldActivations } from './activations';
import { checkSchedule } from './checkSchedule';
import { activationBound, makeSchedule, scheduleIssue } from './makeSchedule';
import { type Schedule, type ScheduleSlot, slotText, stageCount, stagesOfRank } from './schedule';

function scheduleArbitrary(name: (typeof scheduleNames)[number]): fc.Arbitrary<Schedule> {
  const stagesPerRank = { gpipe: [1], '1f1b': [1], zbv: [2] }[String(name)] ?? [1, 2, 3, 4];
  return fc
    .record({
      ranks: fc.integer({ min: 1, max: 8 }),
      stagesPerRank: fc.constantFrom(...stagesPerRank),
      microBatches: fc.integer({ min: 1, max: 16 }),
    })
    .filter((sizes) => scheduleIssue(name, sizes) === null)
    .map((sizes) => makeSchedule(name, sizes));
}

describe.each(scheduleNames)('%s', (name) => {
  test('runs every pass once, on the rank that holds the stage, in an order that ends', () => {
    fc.assert(
      fc.property(scheduleArbitrary(name), (schedule) => {
        expect(checkSchedule(schedule)).toBeNull();
        const stages = schedule.slots.flatMap((_, rank) => {
          const held = stagesOfRank(schedule, rank);
          expect(held).toHaveLength(schedule.stagesPerRank);
          return held;
        });
        expect(new Set(stages).size).toBe(stageCount(schedule));
      }),
    );
  });

  test('ends over a transport with random delays', () => {
    fc.assert(
      fc.property(scheduleArbitrary(name), fc.infiniteStream(fc.integer({ min: 0, max: 50 })), (schedule, delays) => {
        expect(runOverSlowTransport(schedule, () => Number(delays.next().value))).toEqual([]);
      }),
    );
  });

  test('holds exactly as many activations as it promises at most', () => {
    fc.assert(
      fc.property(scheduleArbitrary(name), (schedule) => {
        for (let rank = 0; rank < schedule.ranks; rank++) {
          const held = heldActivations(schedule, rank);
          expect(held.total, `rank ${rank}`).toBe(activationBound(schedule, rank));
          expect([...held.byStage.keys()].toSorted((a, b) => a - b)).toEqual(stagesOfRank(schedule, rank));
          for (const most of held.byStage.values()) expect(most).toBeLessThanOrEqual(schedule.microBatches);
        }
      }),
    );
  });
});

/**
 * Agents that know only their own slots and the messages that reached them; messages take any time and overtake each other.
 * Written apart from dependencies.ts and timeline.ts, which it judges. The slots that never ran.
 */
function runOverSlowTransport(schedule: Schedule, delay: () => number): string[] {
  const last = stageCount(schedule) - 1;
  const agents = schedule.slots.map((slots) => ({ queue: slots.filter((slot) => slot !== null), busy: false }));
  const arrived = new Set<string>();
  const done = new Set<string>();
  const events: { readonly at: number; readonly happen: (now: number) => void }[] = [];
  const after = (now: number, happen: (now: number) => void) => events.push({ at: now + delay(), happen });

  const ready = ({ stage, pass, microBatch }: ScheduleSlot) => {
    if (pass === 'weightGradient') return done.has(`${stage}I${microBatch}`);
    if (pass === 'forward') return stage === 0 || arrived.has(`activation ${stage} ${microBatch}`);
    return done.has(`${stage}F${microBatch}`) && (stage === last || arrived.has(`gradient ${stage} ${microBatch}`));
  };
  const send = (now: number, message: string, stage: number) =>
    after(now, (then) => {
      arrived.add(message);
      wake(schedule.rankOfStage(stage), then);
    });
  const finish = (rank: number, slot: ScheduleSlot, now: number) => {
    const { stage, pass, microBatch } = slot;
    done.add(slotText(slot));
    if (pass === 'forward' && stage < last) send(now, `activation ${stage + 1} ${microBatch}`, stage + 1);
    if ((pass === 'backward' || pass === 'inputGradient') && stage > 0)
      send(now, `gradient ${stage - 1} ${microBatch}`, stage - 1);
    agents[rank].queue.shift();
    agents[rank].busy = false;
    wake(rank, now);
  };
  const wake = (rank: number, now: number) => {
    const agent = agents[rank];
    const slot = agent.queue.at(0);
    if (agent.busy || slot === undefined || !ready(slot)) return;
    agent.busy = true;
    after(now, (then) => finish(rank, slot, then));
  };

  for (let rank = 0; rank < agents.length; rank++) wake(rank, 0);
  while (events.length > 0) {
    const soonest = events.reduce((best, { at }, index) => (at < events[best].at ? index : best), 0);
    const [event] = events.splice(soonest, 1);
    event.happen(event.at);
  }
  return agents.flatMap(({ queue }) => queue.map(slotText));
}

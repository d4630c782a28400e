// The rules that sizes must keep, the orders of the schedules that the golden file lacks, and faults that checkSchedule finds.

import { describe, expect, test } from 'vitest';
import { LabError } from '../../core/errors';
import { type ScheduleName, scheduleNames } from '../../core/runConfig';
import { checkSchedule } from './checkSchedule';
import { activationBound, makeSchedule, scheduleIssue } from './makeSchedule';
import { type Schedule, type ScheduleSizes, type ScheduleSlot, type Slot, slotText } from './schedule';

const order = (schedule: Schedule) =>
  schedule.slots.map((slots) => slots.map((slot) => (slot === null ? '.' : slotText(slot))).join(' '));

function refusal(name: ScheduleName, sizes: ScheduleSizes): LabError {
  try {
    makeSchedule(name, sizes);
  } catch (error) {
    if (error instanceof LabError) return error;
  }
  throw new Error(`${name} took ${JSON.stringify(sizes)}`);
}

test('gpipe: all forwards, then all backwards, in the same order', () => {
  expect(order(makeSchedule('gpipe', { ranks: 2, stagesPerRank: 1, microBatches: 3 }))).toEqual([
    '0F0 0F1 0F2 . . 0B0 0B1 0B2',
    '. 1F0 1F1 1F2 1B0 1B1 1B2',
  ]);
});

test('1f1b: one forward, one backward once the pipeline is full', () => {
  expect(order(makeSchedule('1f1b', { ranks: 3, stagesPerRank: 1, microBatches: 4 }))).toEqual([
    '0F0 0F1 . . 0F2 0B0 0F3 0B1 . 0B2 . 0B3',
    '. 1F0 . 1F1 1B0 1F2 1B1 1F3 1B2 . 1B3',
    '. . 2F0 2B0 2F1 2B1 2F2 2B2 2F3 2B3',
  ]);
});

test('interleaved-1f1b takes rounds that are longer than the ranks, and fewer micro-batches than ranks', () => {
  const long = makeSchedule('interleaved-1f1b', { ranks: 4, stagesPerRank: 2, microBatches: 10 });
  expect(order(long)[3].split(' ').slice(0, 10).join(' ')).toBe('. . . 3F0 3F1 3F2 3F3 3F4 7F0 7B0');
  const short = makeSchedule('interleaved-1f1b', { ranks: 4, stagesPerRank: 2, microBatches: 3 });
  expect(checkSchedule(short)).toBeNull();
});

test('a V puts the first and the last stage on rank 0, a loop stage s on rank s % ranks', () => {
  const v = makeSchedule('zbv', { ranks: 3, stagesPerRank: 2, microBatches: 6 });
  expect([0, 1, 2, 3, 4, 5].map(v.rankOfStage)).toEqual([0, 1, 2, 2, 1, 0]);
  const loop = makeSchedule('looped-bfs', { ranks: 3, stagesPerRank: 2, microBatches: 6 });
  expect([0, 1, 2, 3, 4, 5].map(loop.rankOfStage)).toEqual([0, 1, 2, 0, 1, 2]);
});

describe('refusals name the rule, the numbers and what to choose', () => {
  const refusals: readonly (readonly [ScheduleName, number, number, number, RegExp, RegExp])[] = [
    ['gpipe', 2, 2, 4, /holds one stage, not 2/, /Choose 1, or another schedule/],
    ['1f1b', 2, 3, 4, /holds one stage, not 3/, /interleaved-1f1b/],
    ['1f1b', 4, 1, 3, /4 stages need 4 micro-batches and there are 3/, /4 or more micro-batches/],
    ['interleaved-1f1b', 4, 2, 9, /floor\(9 \/ 4\) = 2 rounds, and 2 does not divide 9/, /8 or 10 micro-batches/],
    ['interleaved-zero-bubble', 3, 1, 11, /3 does not divide 11/, /9 or 12 micro-batches/],
    ['zbv', 4, 1, 8, /exactly 2 stages, not 1/, /Choose 2/],
    ['zbv', 4, 3, 8, /exactly 2 stages, not 3/, /interleaved-zero-bubble/],
    ['looped-bfs', 0, 1, 1, /cannot have 0 ranks/, /whole number of at least 1/],
    ['gpipe', 2, 1, 1.5, /cannot have 1.5 micro-batches/, /whole number/],
  ];
  test.each(refusals)(
    '%s, %d ranks, %d stages a rank, %d micro-batches',
    (name, ranks, stagesPerRank, microBatches, why, advice) => {
      const sizes = { ranks, stagesPerRank, microBatches };
      const error = refusal(name, sizes);
      expect(error.code).toBe('config.invalid');
      expect(error.why).toMatch(why);
      expect(error.advice).toMatch(advice);
      const issue = scheduleIssue(name, sizes);
      expect(issue?.why).toBe(error.why);
      expect(error.advice).toBe(`Choose ${issue?.expected}.`);
    },
  );

  test('the numbers that a refusal suggests are taken', () => {
    for (const name of ['interleaved-1f1b', 'interleaved-zero-bubble'] as const) {
      for (let ranks = 1; ranks <= 8; ranks++) {
        for (let microBatches = 1; microBatches <= 40; microBatches++) {
          const issue = scheduleIssue(name, { ranks, stagesPerRank: 2, microBatches });
          for (const number of issue?.expected.match(/\d+/g) ?? [])
            expect(scheduleIssue(name, { ranks, stagesPerRank: 2, microBatches: Number(number) })).toBeNull();
        }
      }
    }
  });
});

test('one rank alone runs every schedule', () => {
  for (const name of scheduleNames) {
    const stagesPerRank = name === 'zbv' ? 2 : 1;
    const schedule = makeSchedule(name, { ranks: 1, stagesPerRank, microBatches: 3 });
    expect(checkSchedule(schedule)).toBeNull();
    if (name.includes('1f1b')) expect(activationBound(schedule, 0)).toBe(1);
  }
});

describe('checkSchedule finds', () => {
  const good = makeSchedule('interleaved-zero-bubble', { ranks: 2, stagesPerRank: 1, microBatches: 2 });
  const changed = (change: (slots: Slot[][]) => void): Schedule => {
    const slots = good.slots.map((rank) => rank.filter((slot) => slot !== null));
    const copy: Slot[][] = slots.map((rank) => [...rank]);
    change(copy);
    return { ...good, slots: copy };
  };
  const at = (slots: Slot[][], rank: number, text: string) =>
    slots[rank].findIndex((slot) => slot !== null && slotText(slot) === text);
  const move = (slots: Slot[][], rank: number, text: string, to: number) =>
    slots[rank].splice(to, 0, ...slots[rank].splice(at(slots, rank, text), 1));
  const extra: ScheduleSlot = { stage: 1, pass: 'backward', microBatch: 0 };

  const faults: readonly (readonly [string, (slots: Slot[][]) => void, RegExp])[] = [
    ['nothing in a good one', () => {}, /^null$/],
    ['a pass that never runs', (slots) => slots[0].splice(at(slots, 0, '0F1'), 1), /0F1 never runs/],
    ['a pass that runs twice', (slots) => slots[0].push(slots[0][0]), /0F0 runs 2 times/],
    [
      'half a backward',
      (slots) => slots[1].splice(at(slots, 1, '1W1'), 1),
      /one half of the backward of micro-batch 1/,
    ],
    ['two backwards', (slots) => slots[1].push(extra), /stage 1 runs two backwards of micro-batch 0/],
    ['a stage on the wrong rank', (slots) => slots[0].push(extra), /rank 1 holds stage 1/],
    [
      'a micro-batch that is not there',
      (slots) => slots[0].push({ stage: 0, pass: 'forward', microBatch: 2 }),
      /outside/,
    ],
    ['a rank without slots', (slots) => slots.pop(), /1 of 2 ranks/],
    ['W before I', (slots) => move(slots, 1, '1W0', 0), /rank 1 waits for ever before 1W0/],
    ['B before F: ranks that wait for each other', (slots) => move(slots, 0, '0F1', 99), /rank 0 waits for ever/],
  ];
  test.each(faults)('%s', (_name, change, message) => {
    expect(String(checkSchedule(changed(change)))).toMatch(message);
  });
});

// Every schedule of the golden file, slot for slot: what torch.distributed.pipelining 2.11 orders.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import type { ScheduleName } from '../../core/runConfig';
import { goldenFile } from '../../testing/goldenFile';
import { makeSchedule } from './makeSchedule';
import { slotText } from './schedule';

const ours: Readonly<Record<string, ScheduleName>> = {
  ScheduleInterleaved1F1B: 'interleaved-1f1b',
  ScheduleLoopedBFS: 'looped-bfs',
  ScheduleInterleavedZeroBubble: 'interleaved-zero-bubble',
  ScheduleZBVZeroBubble: 'zbv',
};

const goldenSchema = v.object({
  schedules: v.array(
    v.object({
      schedule: v.string(),
      ranks: v.number(),
      stages_per_rank: v.number(),
      microbatches: v.number(),
      order: v.record(v.string(), v.array(v.nullable(v.string()))),
    }),
  ),
});

const bytes = goldenFile('pipeline_schedules.json');

test.skipIf(bytes === null)('every case of the golden file is equal, idle slots included', () => {
  const { schedules } = v.parse(goldenSchema, JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())));
  expect(schedules.length).toBeGreaterThan(0);
  expect(new Set(schedules.map(({ schedule }) => schedule))).toEqual(new Set(Object.keys(ours)));
  for (const { schedule: theirs, ranks, stages_per_rank, microbatches, order } of schedules) {
    const made = makeSchedule(ours[theirs], { ranks, stagesPerRank: stages_per_rank, microBatches: microbatches });
    const text = made.slots.map((slots) => slots.map((slot) => slot && slotText(slot)));
    expect(Object.fromEntries(text.entries()), `${theirs} ${ranks} x ${stages_per_rank}, ${microbatches}`).toEqual(
      order,
    );
  }
});

// From a schedule's name and sizes to the schedule, or to the rule that the sizes break. Pure; it runs and costs nothing.
// A new schedule is a file with a ScheduleGenerator and a line in the table here.

import { LabError } from '../../core/errors';
import type { ScheduleName } from '../../core/runConfig';
import { gpipe } from './gpipe';
import { interleaved1f1b } from './interleaved1f1b';
import { interleavedZeroBubble } from './interleavedZeroBubble';
import { loopedBfs } from './loopedBfs';
import { oneForwardOneBackward } from './oneForwardOneBackward';
import { countUp, type Schedule, type ScheduleGenerator, type ScheduleIssue, type ScheduleSizes } from './schedule';
import { zbv } from './zbv';

const generators: Readonly<Record<ScheduleName, ScheduleGenerator>> = {
  gpipe,
  '1f1b': oneForwardOneBackward,
  'interleaved-1f1b': interleaved1f1b,
  'looped-bfs': loopedBfs,
  'interleaved-zero-bubble': interleavedZeroBubble,
  zbv,
};

const fieldWords: Readonly<Record<keyof ScheduleSizes, string>> = {
  ranks: 'ranks',
  stagesPerRank: 'stages a rank',
  microBatches: 'micro-batches',
};

/** The first rule that these sizes break, or null. The rules are those of torch.distributed.pipelining 2.11. */
export function scheduleIssue(name: ScheduleName, sizes: ScheduleSizes): ScheduleIssue | null {
  for (const field of ['ranks', 'stagesPerRank', 'microBatches'] as const) {
    const got = sizes[field];
    if (!Number.isInteger(got) || got < 1) {
      return {
        field,
        got,
        expected: 'a whole number of at least 1',
        why: `A pipeline cannot have ${got} ${fieldWords[field]}.`,
      };
    }
  }
  return generators[name].issue(sizes);
}

/** An issue as the error that makeSchedule throws: code `config.invalid`, the rule with its numbers, and what to choose. */
export function scheduleError(name: ScheduleName, { field, got, expected, why }: ScheduleIssue): LabError {
  return new LabError({
    code: 'config.invalid',
    message: `The schedule ${name} does not take ${got} ${fieldWords[field]}.`,
    why,
    advice: `Choose ${expected}.`,
  });
}

/** @throws LabError `config.invalid` with the rule that the sizes break. */
export function makeSchedule(name: ScheduleName, { ranks, stagesPerRank, microBatches }: ScheduleSizes): Schedule {
  const sizes: ScheduleSizes = { ranks, stagesPerRank, microBatches };
  const issue = scheduleIssue(name, sizes);
  if (issue !== null) throw scheduleError(name, issue);
  const generator = generators[name];
  return {
    name,
    ...sizes,
    rankOfStage: (stage) => generator.rankOfStage(stage, sizes),
    slots: countUp(ranks).map((rank) => generator.rankSlots(rank, sizes)),
  };
}

/**
 * The closed form that the schedule promises for a rank: at most this many (stage, micro-batch) activations at once, each held
 * from its forward until its backward (until its weight gradient where the backward is split). A stage is 1 / (ranks * stagesPerRank)
 * of the model, so compare schedules of different stagesPerRank after dividing by it. What is really held: activations.ts.
 */
export function activationBound(schedule: Schedule, rank: number): number {
  return generators[schedule.name].activationBound(rank, schedule);
}

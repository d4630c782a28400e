// `lab schedule`: the order of passes on each rank, as torch.distributed.pipelining writes it. Computed here, without a page.

import { type ScheduleName, scheduleNames } from '../../../src/core/runConfig';
import { makeSchedule, scheduleError, scheduleIssue } from '../../../src/parallel/schedules/makeSchedule';
import { type Schedule, type ScheduleSizes, type Slot, slotText } from '../../../src/parallel/schedules/schedule';
import { type PassCosts, scheduleTimeline } from '../../../src/parallel/schedules/timeline';
import type { LocalCommand } from '../command';
import { UsageError } from '../usage/commandSpec';

/** Forwards that are still written out; every one has a backward. */
const MAX_FORWARDS = 500_000;
/** A backward is two products where a forward is one. */
const costs: PassCosts = { forward: 1, backward: 2, inputGradient: 1, weightGradient: 1 };

export const schedule: LocalCommand = async ({ positional, numbers }, reporter) => {
  const name = scheduleNames.find((known) => known === positional);
  if (name === undefined) throw new UsageError(`NAME is one of ${scheduleNames.join(', ')}`);
  const sizes: ScheduleSizes = {
    ranks: numbers.get('ranks') ?? 1,
    stagesPerRank: numbers.get('stages-per-rank') ?? (name === 'zbv' ? 2 : 1),
    microBatches: numbers.get('micro-batches') ?? 1,
  };
  requireSizes(name, sizes);
  const made = makeSchedule(name, sizes);
  for (const line of table(made)) reporter.result(line);
  const { bubbleShare } = scheduleTimeline(made, costs);
  reporter.result(
    `bubble ${(100 * bubbleShare).toFixed(1)}%, predicted: forward 1, backward 2, each half of a split backward 1, messages free`,
  );
  const order = Object.fromEntries(made.slots.map((slots, rank) => [rank, slots.map(textOrNull)]));
  return { ok: true, summary: { order } };
};

function requireSizes(name: ScheduleName, sizes: ScheduleSizes): void {
  const issue = scheduleIssue(name, sizes);
  if (issue !== null) {
    const { message, why, advice } = scheduleError(name, issue);
    throw new UsageError([message, why, advice].join(' '));
  }
  const { ranks, stagesPerRank, microBatches } = sizes;
  const forwards = ranks * stagesPerRank * microBatches;
  if (forwards > MAX_FORWARDS) {
    throw new UsageError(
      `${ranks} ranks x ${stagesPerRank} stages x ${microBatches} micro-batches are ${forwards} forwards, ` +
        `and at most ${MAX_FORWARDS} are written out. Choose fewer micro-batches: a schedule repeats itself.`,
    );
  }
}

/** A line for each rank, slots in columns. */
function table({ slots }: Schedule): string[] {
  const cells = slots.map((rank) => rank.map((slot) => textOrNull(slot) ?? '.'));
  const width = cells.flat().reduce((widest, cell) => Math.max(widest, cell.length), 0);
  const label = `rank ${slots.length - 1}`.length;
  return cells.map((row, rank) =>
    [`rank ${rank}`.padEnd(label), ...row.map((cell) => cell.padEnd(width))].join('  ').trimEnd(),
  );
}

function textOrNull(slot: Slot): string | null {
  return slot === null ? null : slotText(slot);
}

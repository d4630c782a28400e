// The order that the interleaved schedules share: micro-batches go in rounds of about one per rank, and a rank takes a round
// through all of its stages before the next round (depth first). It does not mix forwards with backwards: its users do.
// Source: Narayanan et al. 2021, section 2.2.2. Rounds that are not exactly `ranks` long: torch.distributed.pipelining.

import type { ScheduleName } from '../../core/runConfig';
import type { ScheduleIssue, ScheduleSizes, ScheduleSlot } from './schedule';

function roundCount(ranks: number, microBatches: number): number {
  return Math.max(1, Math.floor(microBatches / ranks));
}

function isEven(ranks: number, microBatches: number): boolean {
  return microBatches % roundCount(ranks, microBatches) === 0;
}

/** Rounds must be of equal length. */
export function roundsIssue(name: ScheduleName, { ranks, microBatches }: ScheduleSizes): ScheduleIssue | null {
  if (isEven(ranks, microBatches)) return null;
  const rounds = roundCount(ranks, microBatches);
  // A multiple of `ranks` is always even, so both ends are near.
  let fewer = microBatches;
  while (!isEven(ranks, fewer)) fewer--;
  let more = microBatches;
  while (!isEven(ranks, more)) more++;
  return {
    field: 'microBatches',
    got: microBatches,
    expected: `${fewer} or ${more} micro-batches`,
    why: `${name} runs in rounds of equal length: ${microBatches} micro-batches over ${ranks} ranks make floor(${microBatches} / ${ranks}) = ${rounds} rounds, and ${rounds} does not divide ${microBatches}.`,
  };
}

export interface Rounds {
  readonly microBatchesPerRound: number;
  /** Forwards of a rank, over all its stages; backwards too. */
  readonly turns: number;
  /** The rank's forward number `turn` of `turns`. */
  forward(turn: number): ScheduleSlot;
  /** Its backward number `turn`: the same rounds, last stage first. */
  backward(turn: number, pass: 'backward' | 'inputGradient' | 'weightGradient'): ScheduleSlot;
}

export function roundsOfRank(rank: number, { ranks, stagesPerRank, microBatches }: ScheduleSizes): Rounds {
  const perRound = microBatches / roundCount(ranks, microBatches);
  const chunkOf = (turn: number) => Math.floor(turn / perRound) % stagesPerRank;
  const microBatchOf = (turn: number) => Math.floor(turn / (perRound * stagesPerRank)) * perRound + (turn % perRound);
  const stageOf = (chunk: number) => chunk * ranks + rank;
  return {
    microBatchesPerRound: perRound,
    turns: stagesPerRank * microBatches,
    forward: (turn) => ({ stage: stageOf(chunkOf(turn)), pass: 'forward', microBatch: microBatchOf(turn) }),
    backward: (turn, pass) => ({
      stage: stageOf(stagesPerRank - 1 - chunkOf(turn)),
      pass,
      microBatch: microBatchOf(turn),
    }),
  };
}

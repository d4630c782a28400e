// What a pipeline schedule is: for each rank, the order in which it runs the passes of its stages. Types and notation only.
// It knows no plan, no tensor and no time: who waits for whom is dependencies.ts, when it happens is timeline.ts.

import type { ScheduleName } from '../../core/runConfig';
import type { ComputePass } from '../stepPlan';

/** One pass of one micro-batch through one stage. */
export interface ScheduleSlot {
  /** Of all ranks: 0 holds the first layers. */
  readonly stage: number;
  readonly pass: ComputePass;
  readonly microBatch: number;
}

/** `null`: the generator leaves the slot idle, to keep ranks in step in a picture. Execution takes no notice of it. */
export type Slot = ScheduleSlot | null;

/** Whole numbers of at least 1. */
export interface ScheduleSizes {
  /** Along the pipeline axis. */
  readonly ranks: number;
  readonly stagesPerRank: number;
  readonly microBatches: number;
}

export interface Schedule extends ScheduleSizes {
  readonly name: ScheduleName;
  readonly rankOfStage: (stage: number) => number;
  /** slots[rank] in execution order. */
  readonly slots: readonly (readonly Slot[])[];
}

/** Which rule a size breaks: data for a form, a link, the command line, or an error. */
export interface ScheduleIssue {
  readonly field: keyof ScheduleSizes;
  readonly got: number;
  /** What it takes, in words. */
  readonly expected: string;
  /** The rule, with the numbers. */
  readonly why: string;
}

/** How one kind of schedule is made. `sizes` are whole and at least 1; the other functions take only sizes that have no issue. */
export interface ScheduleGenerator {
  issue(sizes: ScheduleSizes): ScheduleIssue | null;
  rankOfStage(stage: number, sizes: ScheduleSizes): number;
  rankSlots(rank: number, sizes: ScheduleSizes): Slot[];
  /**
   * What the schedule promises: at most this many (stage, micro-batch) activations are held at once on the rank, each from its
   * forward until its backward, or until its weight gradient where the backward is split.
   */
  activationBound(rank: number, sizes: ScheduleSizes): number;
}

export function stageCount({ ranks, stagesPerRank }: ScheduleSizes): number {
  return ranks * stagesPerRank;
}

/** The stages that a rank holds, in order of the model. */
export function stagesOfRank(schedule: Schedule, rank: number): number[] {
  return Array.from({ length: stageCount(schedule) }, (_, stage) => stage).filter(
    (stage) => schedule.rankOfStage(stage) === rank,
  );
}

const passLetters: Readonly<Record<ComputePass, string>> = {
  forward: 'F',
  backward: 'B',
  inputGradient: 'I',
  weightGradient: 'W',
};

/** torch.distributed.pipelining's notation: stage, letter, micro-batch; `0F0`, `2B1`, `3I2`, `1W0`. */
export function slotText({ stage, pass, microBatch }: ScheduleSlot): string {
  return `${stage}${passLetters[pass]}${microBatch}`;
}

export function idle(count: number): null[] {
  return Array.from({ length: Math.max(0, count) }, () => null);
}

/** The same pass of one stage for each of these micro-batches, in this order. */
export function passes(stage: number, pass: ComputePass, microBatches: readonly number[]): ScheduleSlot[] {
  return microBatches.map((microBatch) => ({ stage, pass, microBatch }));
}

/** 0, 1, ... count - 1. */
export function countUp(count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => index);
}

// What the plan builder has to know of a rank's work: how its passes fall into parts, what they cost, and how its parameters are grouped.
// Plain data: the trainer derives it from lowered programs, the planner from formulas.

import type { ComputePass } from './stepPlan';

/** A run of dispatches between two places where other ranks, or other parameters, come in. */
export interface PartShape {
  readonly flops: number;
  readonly bytes: number;
  /** Units whose parameters it is the first of its pass to read. */
  readonly needs: readonly number[];
  /** Units whose gradients are complete after it, as far as this stage and micro-batch go. */
  readonly completes: readonly number[];
  /** What tensor-parallel ranks exchange after it. */
  readonly exchange: {
    readonly collective: 'allGather' | 'reduceScatter';
    readonly bytes: number;
    readonly label: string;
  } | null;
}

export interface StageShape {
  readonly stage: number;
  readonly passes: Readonly<Partial<Record<ComputePass, readonly PartShape[]>>>;
  /** Bytes of what enters the stage, on this rank; 0 for the first. */
  readonly inputBytes: number;
  /** Bytes of what leaves it for the next stage; 0 for the last. */
  readonly outputBytes: number;
}

/** Parameters that are reduced, gathered and updated together; in order of the arena. */
export interface UnitShape {
  readonly name: string;
  readonly bytes: number;
  /** Of those, what tensor-parallel ranks hold in common. */
  readonly replicatedBytes: number;
  /** Of those, an embedding that another pipeline rank holds too. */
  readonly tiedBytes: number;
}

export interface RankShape {
  readonly stages: readonly StageShape[];
  readonly units: readonly UnitShape[];
  /** The unit that stays gathered under ZeRO 3 since it is used at both ends of the model, or null. */
  readonly rootUnit: number | null;
}

/** Units whose gradients travel together: neighbours in the arena, from its end, until a bucket has `bucketBytes`. */
export function makeBuckets(units: readonly UnitShape[], bucketBytes: number): number[][] {
  const buckets: number[][] = [];
  let open: number[] = [];
  let bytes = 0;
  for (let unit = units.length - 1; unit >= 0; unit--) {
    open.unshift(unit);
    bytes += units[unit].bytes;
    if (bytes >= bucketBytes || unit === 0) {
      buckets.push(open);
      open = [];
      bytes = 0;
    }
  }
  return buckets;
}

// What a meeting of replicas makes of their mean change: the outer optimiser. Pure; every replica gets the same bits from the same change.

import type { ParallelConfig } from '../../core/runConfig';

/** Floating-point operations a value, and bytes read and written. */
export const OUTER_FLOPS = 6;
export const OUTER_BYTES = 16;

export interface OuterState {
  /** The weights that the replicas began from when they parted. */
  readonly anchor: Float32Array;
  /** DiLoCo's v; null under plain averaging. */
  readonly momentum: Float32Array | null;
}

export function createOuterState(anchor: Float32Array, { strategy }: Pick<ParallelConfig, 'strategy'>): OuterState {
  return { anchor, momentum: strategy === 'diloco' ? new Float32Array(anchor.length) : null };
}

/**
 * In place on the anchor, whose values from `start` on become the new weights. `change[i]` is anchor - mean of the replicas' weights.
 * Plain averaging (Stich 2019, "Local SGD converges fast and communicates little", algorithm 1): p = anchor - change. DiLoCo (Douillard
 * et al. 2023, algorithm 1, with Nesterov as PyTorch's SGD has it): v = mu v + change; p = anchor - lr (change + mu v).
 * Computed in double precision, rounded to float32 where it is stored.
 */
export function outerUpdate(
  { anchor, momentum }: OuterState,
  start: number,
  change: Float32Array,
  { outerLearningRate, outerMomentum }: Pick<ParallelConfig, 'outerLearningRate' | 'outerMomentum'>,
): void {
  if (momentum === null) {
    for (let i = 0; i < change.length; i++) anchor[start + i] -= change[i];
    return;
  }
  for (let i = 0; i < change.length; i++) {
    const v = outerMomentum * momentum[start + i] + change[i];
    momentum[start + i] = v;
    anchor[start + i] -= outerLearningRate * (change[i] + outerMomentum * v);
  }
}

// What compression remembers of a rank's buckets from step to step. It must not know how a bucket is sent.

import type { ParallelConfig } from '../../core/runConfig';

export type CompressionSettings = Pick<ParallelConfig, 'compression' | 'topKShare' | 'powerRank' | 'errorFeedback'>;

/** Plain arrays, so that a checkpoint can hold them. Differs over ranks but for `right`. */
export interface CompressionState {
  /** Values of the bucket. */
  readonly length: number;
  /** What this rank's messages left out so far (Karimireddy et al. 2019, algorithm 2: e); undefined before it is needed. */
  residual: Float32Array | undefined;
  /** What the second pass left out of this rank's part of the sum (Tang et al. 2019, "DoubleSqueeze"). */
  sumResidual: Float32Array | undefined;
  /** PowerSGD's right factor of the step before, columns x rank; the same bits on all ranks. */
  right: Float32Array | undefined;
}

export function createCompressionState(length: number): CompressionState {
  return { length, residual: undefined, sumResidual: undefined, right: undefined };
}

/** The states of all that one rank compresses, by what it is; each begins when it is first asked for. */
export class CompressionStates {
  private readonly states = new Map<number | string, CompressionState>();

  of(key: number | string, length: number): CompressionState {
    const known = this.states.get(key);
    if (known) return known;
    const fresh = createCompressionState(length);
    this.states.set(key, fresh);
    return fresh;
  }

  clear(): void {
    this.states.clear();
  }
}

/**
 * The values to send: `data`, with error feedback what was left out before added to it. Then it lies in the residual's memory: whoever
 * sends it subtracts what was sent and calls `settleResidual`.
 */
export function withResidual(state: CompressionState, data: Float32Array, errorFeedback: boolean): Float32Array {
  if (!errorFeedback) return data;
  state.residual ??= new Float32Array(data.length);
  const { residual } = state;
  for (let i = 0; i < data.length; i++) residual[i] += data[i];
  return residual;
}

/** A gradient that was not finite leaves nothing behind: the step that sees it is skipped or ends the run, the next one must not see it. */
export function settleResidual(residual: Float32Array): void {
  for (let i = 0; i < residual.length; i++) if (!Number.isFinite(residual[i])) residual[i] = 0;
}

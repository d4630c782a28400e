// The four floats that a step leaves behind, as the kernels write them: loss, gradient norm before clipping, non-finite count, clip scale.

import type { NonFiniteRank } from '../core/nonFiniteRanks';

export interface StepMetrics {
  /** Nats a token. */
  readonly loss: number;
  readonly gradientNorm: number;
  /** Gradient elements that were NaN or infinite; the update was left out where there were any. */
  readonly nonFinite: number;
  /** Of a mesh where some loss or gradient was not finite: the ranks that computed it. */
  readonly nonFiniteRanks?: readonly NonFiniteRank[];
}

export const METRICS_BYTES = 16;

export function decodeMetrics(values: Float32Array, at: number): StepMetrics {
  return { loss: values[at], gradientNorm: values[at + 1], nonFinite: values[at + 2] };
}

// Which weights a program reads in 8 or 4 bits instead of from the parameter arena, and under which names their codes and scales are bound. Plain data.

import type { QuantizedLayout } from '../core/quantization/scheme';
import type { Tensor } from './graph';

export interface QuantizedWeights {
  /** By the weight's offset in the parameter arena. */
  readonly layouts: ReadonlyMap<number, QuantizedLayout>;
  /** Products take their other factor in 8 bits too, where the weights have 8. */
  readonly dot: boolean;
}

/** Names of the buffers that hold a quantised weight, for whoever places tensors. */
export const quantizedNames = {
  codes: (offset: number): string => `codes of ${offset}`,
  scales: (offset: number): string => `scales of ${offset}`,
} as const;

/** A quantised weight as a program sees it. */
export interface QuantizedTensor {
  readonly layout: QuantizedLayout;
  /** u32 [outputs * 4 * vectors] */
  readonly codes: Tensor;
  /** [groups * outputs padded to fours] */
  readonly scales: Tensor;
}

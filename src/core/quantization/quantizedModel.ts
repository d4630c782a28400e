// A whole model with its large weights in 8 or 4 bits, as plain data.

import type { QuantizationError, QuantizedMatrix } from './quantizeMatrix';
import type { QuantizationScheme } from './scheme';

/** One parameter in fewer bits; without its error where it was read from a file. */
export interface QuantizedParameter extends Omit<QuantizedMatrix, 'error'> {
  /** The family stores it [inputs, outputs]. */
  readonly transposed: boolean;
  readonly error?: QuantizationError;
}

export interface QuantizedModel {
  readonly scheme: QuantizationScheme;
  /** By parameter name. */
  readonly quantized: ReadonlyMap<string, QuantizedParameter>;
  /** The parameters that stay in float32. */
  readonly plain: ReadonlyMap<string, Float32Array>;
}

/** Bytes of codes, scales and what stayed in float32. */
export function quantizedBytes({ quantized, plain }: QuantizedModel): number {
  let bytes = 0;
  for (const { words, scales } of quantized.values()) bytes += words.byteLength + scales.byteLength;
  for (const { byteLength } of plain.values()) bytes += byteLength;
  return bytes;
}

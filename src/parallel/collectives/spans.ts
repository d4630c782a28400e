// Cuts of one array over the ranks of a group. Pure.

import type { Span } from '../../core/partition';

/** Spans of `counts` values, one after the other; counts may be 0. */
export function spansOf(counts: readonly number[]): Span[] {
  let start = 0;
  return counts.map((length) => {
    const span = { start, length };
    start += length;
    return span;
  });
}

/** A view, not a copy. */
export function part(data: Float32Array, { start, length }: Span): Float32Array {
  return data.subarray(start, start + length);
}

// Counts values that are NaN or infinite. The GPU tests the bits, since WGSL may assume that such values do not occur;
// this is the plain version, over the same float32 values.

/** How many elements are NaN, +infinity or -infinity. */
export function nonFiniteCount(values: Float32Array | Float64Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  return count;
}

// Which rows of a long curve to draw: all where there are few, else the lowest and highest of each bucket, so that no
// spike is lost. Pure.

/** Indices of `[from, to)` in rising order, at most about 2 * buckets + 2. The first and last row are always among them. */
export function decimate(values: Float64Array, from: number, to: number, buckets: number): number[] {
  const count = to - from;
  const rows: number[] = [];
  if (count <= 2 * buckets + 2) {
    for (let row = from; row < to; row++) rows.push(row);
    return rows;
  }
  rows.push(from);
  const inner = count - 2;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = from + 1 + Math.floor((bucket * inner) / buckets);
    const end = from + 1 + Math.floor(((bucket + 1) * inner) / buckets);
    let low = start;
    let high = start;
    for (let row = start; row < end; row++) {
      if ((values[row] ?? 0) < (values[low] ?? 0)) low = row;
      if ((values[row] ?? 0) > (values[high] ?? 0)) high = row;
    }
    if (start < end) rows.push(Math.min(low, high));
    if (low !== high) rows.push(Math.max(low, high));
  }
  rows.push(to - 1);
  return rows;
}

/** The first index in `[0, length)` whose value is at least `limit`; `length` where there is none. Values rise. */
export function lowerBound(values: Float64Array, length: number, limit: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Where the documents of a row of tokens begin in it. Pure; it knows no split and no order of rows.

/**
 * Of each token of a row, the place in the row at which its document begins: 0 where that is before the row.
 * @param documents tokens at which documents begin, ascending from 0; of an empty one the next begins there too
 * @param position of the row's first token
 * @param into [length]
 */
export function documentStarts(documents: Uint32Array, position: number, length: number, into: Uint32Array): void {
  let next = firstAfter(documents, position);
  let start = 0;
  for (let t = 0; t < length; t++) {
    for (; next < documents.length && documents[next] <= position + t; next++) start = documents[next] - position;
    into[t] = start;
  }
}

/**
 * What a batch's attention reads to stay within documents: [rows, length] of documentStarts.
 * @param positions at which rows begin; the rows behind them are empty, and are left at 0
 */
export function documentMask(
  documents: Uint32Array,
  positions: readonly number[],
  rows: number,
  length: number,
): Uint32Array {
  const mask = new Uint32Array(rows * length);
  for (const [row, position] of positions.entries())
    documentStarts(documents, position, length, mask.subarray(row * length, (row + 1) * length));
  return mask;
}

/** Index of the first document that begins behind `position`. */
function firstAfter(documents: Uint32Array, position: number): number {
  let low = 0;
  let high = documents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (documents[middle] <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

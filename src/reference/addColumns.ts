// Rows plus a multiple of narrower rows that stand in some of their columns, in float64.

export interface AddColumnsShape {
  /** C */
  readonly columns: number;
  /** W */
  readonly width: number;
  /** The column that the part's first is added to. */
  readonly first: number;
  readonly scale: number;
}

/** out [N, C] = base, plus scale * part [N, W] in the columns from `first` on. */
export function addColumns(
  { columns, width, first, scale }: AddColumnsShape,
  base: Float64Array,
  part: Float64Array,
): Float64Array {
  const out = base.slice();
  part.forEach((value, i) => {
    out[Math.floor(i / width) * columns + first + (i % width)] += scale * value;
  });
  return out;
}

/** dPart [N, W]; dBase is dOut itself. */
export function addColumnsBackward(
  { columns, width, first, scale }: AddColumnsShape,
  dOut: Float64Array,
): Float64Array {
  return Float64Array.from(
    { length: (dOut.length / columns) * width },
    (_, i) => scale * dOut[Math.floor(i / width) * columns + first + (i % width)],
  );
}

// Learned positions added to a run of rows of the stream, in float64. A run may begin within a sequence and end in another.

export interface PositionsInput {
  /** [rows, C] */
  readonly x: Float64Array;
  /** [P, C], P at least tokensPerSequence. */
  readonly table: Float64Array;
  readonly tokensPerSequence: number;
  /** The row of the stream [N, C] that row 0 of x is. */
  readonly firstRow: number;
  readonly channels: number;
}

/** out[i] = x[i] + table[(firstRow + i) mod tokensPerSequence], row by row. */
export function positions({ x, table, tokensPerSequence, firstRow, channels }: PositionsInput): Float64Array {
  return x.map((value, i) => {
    const position = (firstRow + Math.floor(i / channels)) % tokensPerSequence;
    return value + table[position * channels + (i % channels)];
  });
}

/** dTable [P, C]: sums over the rows at each position, exactly 0 where no row of the run is. dX is dOut itself. */
export function positionsBackward(
  { table, tokensPerSequence, firstRow, channels }: PositionsInput,
  dOut: Float64Array,
): Float64Array {
  const dTable = new Float64Array(table.length);
  for (let i = 0; i < dOut.length; i++) {
    const position = (firstRow + Math.floor(i / channels)) % tokensPerSequence;
    dTable[position * channels + (i % channels)] += dOut[i];
  }
  return dTable;
}

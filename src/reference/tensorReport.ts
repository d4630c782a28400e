// Statistics, histogram and picture of a tensor in float64: the judge of the tensor_* kernels.

export interface TensorReportInput {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
  readonly bins: number;
  readonly height: number;
  readonly width: number;
}

export interface TensorReportOutput {
  /** Least, greatest, mean and root mean square of the finite values; zeros where there are none. */
  readonly statistics: Float64Array;
  /** Zeros, values that are not finite, then the finite values of each equal part of the range. */
  readonly counts: Uint32Array;
  /** [height, width, 2]: greatest magnitude (-1 where a value is not finite) and mean of the finite values of each cell. */
  readonly map: Float64Array;
}

export function tensorReport({ values, rows, columns, bins, height, width }: TensorReportInput): TensorReportOutput {
  const finite = values.filter(Number.isFinite);
  const n = Math.max(1, finite.length);
  const low = finite.length > 0 ? finite.reduce((a, b) => Math.min(a, b), Infinity) : 0;
  const high = finite.length > 0 ? finite.reduce((a, b) => Math.max(a, b), -Infinity) : 0;
  const mean = finite.reduce((a, b) => a + b, 0) / n;
  const rms = Math.sqrt(finite.reduce((a, b) => a + b * b, 0) / n);
  const counts = new Uint32Array(2 + bins);
  counts[0] = finite.filter((value) => value === 0).length;
  counts[1] = values.length - finite.length;
  for (const value of finite) {
    const bin = high > low ? Math.floor(((value - low) * bins) / (high - low)) : 0;
    counts[2 + Math.min(bins - 1, bin)]++;
  }
  const map = new Float64Array(2 * height * width);
  const edge = (index: number, size: number, cells: number): number => Math.floor((index * size) / cells);
  for (let cell = 0; cell < height * width; cell++) {
    const [i, j] = [Math.floor(cell / width), cell % width];
    const inside: number[] = [];
    for (let row = edge(i, rows, height); row < edge(i + 1, rows, height); row++)
      for (let column = edge(j, columns, width); column < edge(j + 1, columns, width); column++)
        inside.push(values[row * columns + column]);
    const own = inside.filter(Number.isFinite);
    map[2 * cell] = own.length < inside.length ? -1 : own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    map[2 * cell + 1] = own.reduce((sum, value) => sum + value, 0) / Math.max(1, own.length);
  }
  return { statistics: Float64Array.of(low, high, mean, rms), counts, map };
}

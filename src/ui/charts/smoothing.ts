// Exponential moving average with bias correction (Kingma and Ba 2015, section 3), as the smoothing of curves.
// Pure. Values that are not finite are passed over.

/** `weight` is the past's share: 0 gives the values themselves. Writes `length` values of `out`. */
export function smooth(values: Float64Array, length: number, weight: number, out: Float64Array): void {
  let average = 0;
  let correction = 1;
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isFinite(value)) {
      average = weight * average + (1 - weight) * value;
      correction *= weight;
    }
    out[i] = correction === 1 ? Number.NaN : average / (1 - correction);
  }
}

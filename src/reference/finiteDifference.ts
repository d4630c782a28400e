// Gradients by central differences in float64: the judge of every backward in this folder.
// It knows nothing of what it differentiates, and it is only right away from kinks.

const STEP = 2e-4;

/**
 * Gradient of a scalar function at x, of x's length, by the fourth-order central difference
 * (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h: error h^4 f'''''/30 plus rounding of about 1e-16 |f| / h.
 * Source: Abramowitz and Stegun 1964, 25.3.6. f gets an array of its own that it must not keep; x stays as it is.
 */
export function centralDifference(f: (x: Float64Array) => number, x: Float64Array, step = STEP): Float64Array {
  const probe = x.slice();
  return x.map((centre, i) => {
    const at = (distance: number): number => {
      probe[i] = centre + distance;
      return f(probe);
    };
    const slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    probe[i] = centre;
    return slope;
  });
}

/** dX by differences for an array-valued f: the gradient of sum(f(x) * dOut), which is what a backward pass computes. */
export function differenceBackward(
  f: (x: Float64Array) => Float64Array,
  x: Float64Array,
  dOut: Float64Array,
  step = STEP,
): Float64Array {
  return centralDifference((probe) => f(probe).reduce((sum, value, i) => sum + value * dOut[i], 0), x, step);
}

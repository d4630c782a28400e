// The error function in float64, to a few units in the last place. Math has none, and the usual short polynomials
// are good to 1e-7 only: too coarse for a judge. It knows nothing of activations.

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
const SERIES_BELOW = 2.5;
const FRACTION_TERMS = 120;

/**
 * erf(x) = 2/sqrt(pi) * integral of exp(-t^2) from 0 to x; absolute error below 1e-15.
 * Source: Abramowitz and Stegun 1964, 7.1.6 for small |x| (all terms of one sign, so nothing cancels).
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const magnitude = Math.abs(x);
  const value = magnitude < SERIES_BELOW ? erfSeries(magnitude) : 1 - erfcFraction(magnitude);
  return x < 0 ? -value : value;
}

/**
 * erfc(x) = 1 - erf(x), without the cancellation for x of 2.5 and more: relative error below 1e-12 everywhere.
 * Source: Abramowitz and Stegun 1964, 7.1.14 (continued fraction).
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  return x < SERIES_BELOW ? 1 - erf(x) : erfcFraction(x);
}

/** 2/sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (1*3*...*(2n+1)), for 0 <= x < 2.5. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** exp(-x^2)/sqrt(pi) * 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))), for x >= 2.5, from the innermost term out. */
function erfcFraction(x: number): number {
  let denominator = x;
  for (let n = FRACTION_TERMS; n >= 1; n--) denominator = x + n / 2 / denominator;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / denominator;
}

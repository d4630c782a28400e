// Test values that are the same in every run: normal numbers by (name, index). Test-only.

import { fillNormal } from '../core/rng';

/** `count` values with this standard deviation; another name gives other values. */
export function randomValues(name: string, count: number, standardDeviation = 1): Float64Array {
  const values = new Float32Array(count);
  fillNormal(values, 20_260, name, standardDeviation);
  return Float64Array.from(values);
}

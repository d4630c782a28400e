// Times of a benchmark as a row: median with the 10th and 90th percentile. Pure.

import type { BenchRow } from '../core/records';

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** @param work done in each of `times`, in units of `unit` times a second */
export function summary(
  bench: string,
  variant: string,
  times: readonly number[],
  work: number,
  unit: string,
): BenchRow {
  const medianMs = quantile(times, 0.5);
  return {
    bench,
    variant,
    medianMs,
    lowMs: quantile(times, 0.1),
    highMs: quantile(times, 0.9),
    samples: times.length,
    rate: (work / medianMs) * 1000,
    unit,
  };
}

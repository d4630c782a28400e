// Where the lines of the graticule lie: round numbers, and their fine subdivision. Pure.

/** Round numbers in [min, max], about `count` of them. */
export function linearTicks(min: number, max: number, count: number): number[] {
  const step = niceStep((max - min) / Math.max(1, count));
  return multiples(min, max, step);
}

/** The fine lines between: five to a division. */
export function fineTicks(ticks: readonly number[], min: number, max: number): number[] {
  const [first, second] = ticks;
  if (first === undefined || second === undefined) return [];
  return multiples(min, max, (second - first) / 5);
}

/** 1, 2 and 5 times powers of ten, finer where the range is narrow. */
export function logTicks(min: number, max: number): number[] {
  if (!(min > 0) || !(max > min)) return [];
  const decades = Math.log10(max / min);
  const factors = decades > 3 ? [1] : decades > 1.2 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(min)); exponent <= Math.ceil(Math.log10(max)); exponent++) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** exponent).toPrecision(3));
      if (tick >= min && tick <= max) ticks.push(tick);
    }
  }
  return ticks;
}

function niceStep(rough: number): number {
  // Below this, powers of ten lose their digits.
  if (!(rough > 1e-300) || !Number.isFinite(rough)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

function multiples(min: number, max: number, step: number): number[] {
  const ticks: number[] = [];
  const first = Math.ceil(min / step - 1e-6);
  const last = Math.floor(max / step + 1e-6);
  for (let i = first; i <= last && ticks.length < 400; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

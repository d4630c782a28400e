import { expect, test } from 'vitest';
import {
  columnAt,
  extended,
  joinCurves,
  lastSmoothed,
  lossRows,
  noCurve,
  positions,
  type RacedCurve,
  tokensPerSecond,
} from './raceCurves';

function curve(losses: readonly number[], stepMs = 100, tokens = 10) {
  return extended(
    noCurve,
    losses.map((loss, index) => ({
      step: index + 1,
      loss,
      gradientNorm: 1,
      learningRate: 0.1,
      tokens,
      elapsedMs: stepMs * (index + 1),
      nonFinite: 0,
    })),
  );
}

const fast: RacedCurve = { curve: curve([4, 2, 1]), traffic: { bytesOut: 3 * 2 ** 20, step: 3 } };
const silent: RacedCurve = { curve: curve([3, 3], 250), traffic: null };

test('rows are added to what is there, tokens as a running sum', () => {
  const more = extended(fast.curve, [
    { step: 4, loss: 0.5, gradientNorm: 1, learningRate: 0.1, tokens: 5, elapsedMs: 420, nonFinite: 0 },
  ]);
  expect(more.step).toEqual([1, 2, 3, 4]);
  expect(more.tokens).toEqual([10, 20, 30, 35]);
});

test('positions on every axis; who sends nothing has none among bytes', () => {
  expect(positions(fast, 'steps')).toEqual([1, 2, 3]);
  expect(positions(fast, 'tokens')).toEqual([10, 20, 30]);
  expect(positions(fast, 'seconds')).toEqual([0.1, 0.2, 0.3]);
  expect(positions(fast, 'sent')).toEqual([1, 2, 3]);
  expect(positions(silent, 'sent')).toBeNull();
});

test('curves are joined over the union of their positions', () => {
  expect(joinCurves([fast, silent], 'seconds', 0, 100)).toEqual([
    [0.1, 0.2, 0.25, 0.3, 0.5],
    [4, 2, null, 1, null],
    [null, null, 3, null, 3],
  ]);
  expect(joinCurves([fast, silent], 'sent', 0, 100)).toEqual([
    [1, 2, 3],
    [4, 2, 1],
    [null, null, null],
  ]);
});

test('a long curve is thinned and keeps its last point; a loss that is not finite is passed over', () => {
  const long: RacedCurve = { curve: curve(Array.from({ length: 1000 }, (_, i) => 1 / (i + 1))), traffic: null };
  const [xs] = joinCurves([long], 'steps', 0, 100);
  expect(xs.length).toBeLessThanOrEqual(101);
  expect(xs.at(-1)).toBe(1000);
  const [, broken] = joinCurves([{ curve: curve([1, Number.NaN, 2]), traffic: null }], 'steps', 0, 100);
  expect(broken).toEqual([1, 1, 2]);
});

test('the value under the cursor is the last one before it, and none past the end', () => {
  const [xs, first, second] = joinCurves([fast, silent], 'seconds', 0, 100);
  expect([0.05, 0.1, 0.26, 0.4].map((x) => columnAt(xs, first ?? [], x))).toEqual([null, 4, 2, null]);
  expect(columnAt(xs, second ?? [], 0.5)).toBe(3);
});

test('numbers of the table', () => {
  expect(lastSmoothed(fast.curve, 0)).toBe(1);
  expect(lastSmoothed(fast.curve, 0.5)).toBeCloseTo((0.125 * 4 + 0.25 * 2 + 0.5) / 0.875);
  expect(lastSmoothed(noCurve, 0.5)).toBeNull();
  expect(tokensPerSecond(fast.curve)).toBeCloseTo(100);
  expect(tokensPerSecond(curve([1]))).toBeNull();
  expect(lossRows([fast.curve, silent.curve])).toEqual([
    [1, 4, 3],
    [2, 2, 3],
    [3, 1, null],
  ]);
});

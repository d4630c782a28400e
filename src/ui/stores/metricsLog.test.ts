import { beforeEach, expect, test, vi } from 'vitest';
import { MetricsLog } from './metricsLog';

const frames: (() => void)[] = [];
beforeEach(() => {
  frames.length = 0;
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
  vi.stubGlobal('document', { visibilityState: 'visible' });
});

function rows(from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    step: from + i,
    loss: 1 / (from + i),
    gradientNorm: 1,
    learningRate: 0.1,
    tokens: 10,
    elapsedMs: 100 * (from + i),
    nonFinite: 0,
  }));
}

test('any number of rows is announced once a frame', () => {
  const log = new MetricsLog(64);
  let announced = 0;
  log.subscribe(() => announced++);
  for (let step = 1; step <= 20; step++) log.append(rows(step, step));
  expect(frames).toHaveLength(1);
  frames[0]?.();
  expect(announced).toBe(1);
  log.append(rows(21, 21));
  expect(frames).toHaveLength(2);
});

test('speed and step time are those of recent steps', () => {
  const log = new MetricsLog(64);
  log.append(rows(1, 30));
  expect(log.recentStepMs()).toBeCloseTo(100);
  expect(log.last('tokensPerSecond')).toBeCloseTo(100);
});

test('a full log keeps every second row, and goes on', () => {
  const log = new MetricsLog(16);
  log.append(rows(1, 100));
  expect(log.length).toBeLessThanOrEqual(16);
  expect(log.stride).toBe(8);
  const steps = [...log.columns.step.subarray(0, log.length)];
  expect(steps).toEqual([8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96]);
  expect(log.columns.loss[2]).toBe(1 / 24);
});

test('an evaluation of the same step replaces the earlier one; clearing empties all', () => {
  const log = new MetricsLog(16);
  const row = { step: 5, loss: 2, bitsPerByte: 1, perplexity: 7, tokens: 9 };
  log.addEvaluation(row);
  log.addEvaluation({ ...row, loss: 1 });
  expect(log.evaluations.map(({ loss }) => loss)).toEqual([1]);
  log.clear();
  expect([log.length, log.evaluations.length, log.last('loss')]).toEqual([0, 0, null]);
});

test('steps that were not finite are kept with their ranks, however long the run', () => {
  const log = new MetricsLog(16);
  log.append(rows(1, 6));
  const ranks = [{ rank: 1, dp: 1, pp: 0, tp: 0, loss: false, gradients: 5 }];
  log.append([{ ...rows(7, 7)[0], nonFinite: 5, nonFiniteRanks: ranks }]);
  log.append([{ ...rows(8, 8)[0], loss: Number.NaN }]);
  log.append(rows(9, 200));
  expect(log.stride).toBeGreaterThan(1);
  expect(log.nonFiniteSteps).toEqual([
    { step: 7, skipped: true, ranks },
    { step: 8, skipped: false, ranks: [] },
  ]);
  log.clear();
  expect(log.nonFiniteSteps).toEqual([]);
});

// The learning-rate schedules against a published run's rates, and their shapes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadGoldenCase } from '../testing/goldenCase';
import { learningRate } from './lrSchedule';
import { bitsPerByte, perplexity } from './metrics';
import { defaultRunConfig, lrScheduleNames } from './runConfig';

const { train } = defaultRunConfig;

describe('learningRate', () => {
  test.each(['gpt2', 'gpt2-4layer'])('equals the golden rates of %s', (name) => {
    const golden = loadGoldenCase(name);
    if (golden === null) return;
    const { hp, train: expected } = golden.expected;
    const run = {
      ...train,
      learningRate: hp.lr,
      minLearningRate: hp.min_lr,
      warmupSteps: hp.warmup,
      steps: expected.lrs.length,
    };
    expected.lrs.forEach((lr, step) => {
      expect(Math.abs(learningRate(step, run) - lr)).toBeLessThan(1e-12);
    });
  });

  test('wsd is flat, then falls in a line to near its floor', () => {
    const run = {
      ...train,
      lrSchedule: 'wsd' as const,
      steps: 100,
      warmupSteps: 10,
      decaySteps: 20,
      learningRate: 1,
      minLearningRate: 0,
    };
    expect(learningRate(0, run)).toBeCloseTo(0.1, 12);
    expect(learningRate(9, run)).toBe(1);
    expect(learningRate(80, run)).toBe(1);
    expect(learningRate(90, run)).toBeCloseTo(0.5, 12);
    expect(learningRate(99, run)).toBeCloseTo(0.05, 12);
    expect(learningRate(1_000, run)).toBe(0);
  });

  test('stays between 0 and the peak, and never under the floor after warm-up', () => {
    const settings = fc.record({
      steps: fc.integer({ min: 1, max: 500 }),
      warmupSteps: fc.nat(500),
      decaySteps: fc.nat(500),
      lrSchedule: fc.constantFrom(...lrScheduleNames),
      learningRate: fc.double({ min: 1e-5, max: 1, noNaN: true }),
      floorShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(settings, fc.nat(600), ({ floorShare, ...run }, step) => {
        const minLearningRate = floorShare * run.learningRate;
        const rate = learningRate(step, { ...train, ...run, minLearningRate });
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(run.learningRate);
        if (step >= run.warmupSteps) expect(rate).toBeGreaterThanOrEqual(minLearningRate * (1 - 1e-12));
      }),
    );
  });

  // fast-check's counterexample to the property above: 6e-3 * 3 / 3 is one unit in the last place more than 6e-3.
  test.each([3, 6, 12, 24, 47])('the last of %i warm-up steps has the peak itself', (warmupSteps) => {
    expect(learningRate(warmupSteps - 1, { ...train, learningRate: 6e-3, warmupSteps, steps: 100 })).toBe(6e-3);
  });
});

test('nats become bits per byte and perplexity', () => {
  expect(bitsPerByte(Math.log(256), 1)).toBeCloseTo(8, 12);
  expect(bitsPerByte(Math.LN2, 4)).toBeCloseTo(0.25, 12);
  expect(perplexity(Math.log(65))).toBeCloseTo(65, 10);
});

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
    });
    fc.assert(
      fc.property(settings, fc.nat(600), (run, step) => {
        const rate = learningRate(step, { ...train, ...run });
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(train.learningRate);
        if (step >= run.warmupSteps) expect(rate).toBeGreaterThanOrEqual(train.minLearningRate - 1e-15);
      }),
    );
  });
});

test('nats become bits per byte and perplexity', () => {
  expect(bitsPerByte(Math.log(256), 1)).toBeCloseTo(8, 12);
  expect(bitsPerByte(Math.LN2, 4)).toBeCloseTo(0.25, 12);
  expect(perplexity(Math.log(65))).toBeCloseTo(65, 10);
});

// Sampling out of range gives way to what means something, and says so.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_BIASES } from '../gpu/plans/sampleToken';
import { limitedSampling } from './samplingLimits';

test.each([
  [{ temperature: -1 }, { temperature: 0 }],
  [{ temperature: Number.NaN }, { temperature: 0 }],
  [{ temperature: 1e-30 }, { temperature: 0 }],
  [{ temperature: Infinity }, { temperature: 100 }],
  [{ topK: 1000 }, { topK: 65 }],
  [{ topK: -3 }, { topK: 0 }],
  [{ topK: 2.5 }, { topK: 2 }],
  [{ topP: 0 }, { topP: 1e-6 }],
  [{ topP: -1 }, { topP: 1e-6 }],
  [{ topP: Number.NaN }, { topP: 1 }],
  [{ minP: 2 }, { minP: 1 }],
  [{ repetitionPenalty: 0 }, { repetitionPenalty: 1 }],
  [{ seed: -1 }, { seed: 4_294_967_295 }],
  [{ logitBias: [{ token: 3, bias: 1e9 }] }, { logitBias: [{ token: 3, bias: 100 }] }],
  [{ logitBias: [{ token: 65, bias: 1 }] }, { logitBias: [] }],
])('%o', (asked, used) => {
  const { sampling, changes } = limitedSampling(asked, 65);
  expect(sampling).toMatchObject(used);
  expect(changes).toHaveLength(1);
  expect(changes[0].field).toBe(Object.keys(asked)[0]);
});

test('what is in range stays as it is, and nothing is said', () => {
  const asked = {
    temperature: 0.7,
    topK: 65,
    topP: 0.9,
    minP: 0.05,
    repetitionPenalty: 1.1,
    seed: 7,
    logitBias: [{ token: 0, bias: -5 }],
  };
  expect(limitedSampling(asked, 65)).toEqual({ sampling: asked, changes: [] });
});

test('whatever is asked, what is used can be drawn by', () => {
  const any = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity));
  const biases = fc.array(fc.record({ token: any, bias: any }), { maxLength: 100 });
  const record = fc.record({
    temperature: any,
    topK: any,
    topP: any,
    minP: any,
    repetitionPenalty: any,
    seed: any,
    logitBias: biases,
  });
  fc.assert(
    fc.property(record, (asked) => {
      const { sampling } = limitedSampling(asked, 40);
      expect(sampling.temperature === 0 || (sampling.temperature >= 1e-4 && sampling.temperature <= 100)).toBe(true);
      expect(Number.isInteger(sampling.topK) && sampling.topK >= 0 && sampling.topK <= 40).toBe(true);
      expect(sampling.topP > 0 && sampling.topP <= 1).toBe(true);
      expect(sampling.minP >= 0 && sampling.minP <= 1).toBe(true);
      expect(sampling.repetitionPenalty > 0 && sampling.repetitionPenalty <= 100).toBe(true);
      expect(Number.isInteger(sampling.seed) && sampling.seed >= 0).toBe(true);
      expect(sampling.logitBias?.length).toBeLessThanOrEqual(MOST_BIASES);
    }),
  );
});

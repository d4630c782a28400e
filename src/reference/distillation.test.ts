// The loss of distillation: gradients against differences, and what it must be at its ends.

import { expect, it } from 'vitest';
import { expectGradient } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { crossEntropy, IGNORED_TARGET } from './crossEntropy';
import { type DistillationInput, distillation, distillationBackward } from './distillation';

const input: DistillationInput = {
  logits: randomValues('student', 21, 3),
  teacher: randomValues('teacher', 21, 3),
  targets: Int32Array.of(4, IGNORED_TARGET, 0),
  vocabulary: 7,
  count: 5,
  temperature: 2,
  alpha: 0.3,
};

it.each([
  [2, 0.3],
  [1, 1],
  [4.5, 0],
  [0.5, 0.9],
])('has the gradient that differences give at temperature %f, alpha %f', (temperature, alpha) => {
  const own = { ...input, temperature, alpha };
  const loss = (logits: Float64Array) => Float64Array.of(distillation({ ...own, logits }).loss);
  expectGradient('dLogits', distillationBackward(own), loss, input.logits, Float64Array.of(1));
});

it('is the cross-entropy alone without a teacher, and nothing where student and teacher agree', () => {
  expect(distillation({ ...input, alpha: 0 }).loss).toBeCloseTo(crossEntropy(input).loss, 14);
  const agreed = { ...input, alpha: 1, teacher: input.logits };
  expect(Math.abs(distillation(agreed).loss)).toBeLessThan(1e-15);
  expect(Math.max(...distillationBackward(agreed).map(Math.abs))).toBe(0);
  expect(distillation({ ...input, alpha: 1 }).losses.every((loss) => loss >= 0)).toBe(true);
});

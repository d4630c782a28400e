import { expect, test } from 'vitest';
import { plannedStep } from '../testing/plannedMesh';
import { samePlan } from './samePlan';

const mesh = { dp: 1, pp: 2, tp: 1 };

test('the same step planned twice is the same plan, whatever it costs', () => {
  const { plan } = plannedStep(mesh, '1f1b', 4);
  const dearer = { ...plan, actions: plan.actions.map((actions) => actions.map((action) => ('flops' in action ? { ...action, flops: 99 } : action))) }; // biome-ignore format: one line
  expect(samePlan(plan, plannedStep(mesh, '1f1b', 4).plan)).toBe(true);
  expect(samePlan(plan, dearer)).toBe(true);
});

test.each([
  ['another schedule', plannedStep(mesh, 'gpipe', 4)],
  ['other micro-batches', plannedStep(mesh, '1f1b', 5)],
  ['another mesh', plannedStep({ dp: 2, pp: 2, tp: 1 }, '1f1b', 4)],
])('%s is another plan', (_, other) => {
  expect(samePlan(plannedStep(mesh, '1f1b', 4).plan, other.plan)).toBe(false);
});

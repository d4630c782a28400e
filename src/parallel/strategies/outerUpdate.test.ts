// The outer optimiser against the float64 SGD that the engine's own is judged by.

import { expect, test } from 'vitest';
import { type SgdMomentumState, sgdMomentum } from '../../reference/sgdMomentum';
import { createOuterState, outerUpdate } from './outerUpdate';

const changes = [
  [0.5, -0.25, 0.125],
  [0.25, 0.75, -1],
  [-0.5, 0.1, 0.3],
];

test('plain averaging takes the change as it is', () => {
  const state = createOuterState(Float32Array.of(1, 2, 3), { strategy: 'local-sgd' });
  outerUpdate(state, 1, Float32Array.of(0.5, 1), { outerLearningRate: 0.1, outerMomentum: 0.9 });
  expect([...state.anchor]).toEqual([1, 1.5, 2]);
});

test('DiLoCo is Nesterov on the mean change', () => {
  const settings = { outerLearningRate: 0.7, outerMomentum: 0.9 };
  const state = createOuterState(Float32Array.of(1, 2, 3), { strategy: 'diloco' });
  let twin: SgdMomentumState = { parameter: Float64Array.of(1, 2, 3), buffer: new Float64Array(3) };
  for (const change of changes) {
    outerUpdate(state, 0, Float32Array.from(change), settings);
    twin = sgdMomentum(twin, Float64Array.from(change), {
      learningRate: 0.7,
      momentum: 0.9,
      nesterov: true,
      weightDecay: 0,
      decay: 'decoupled',
    });
  }
  for (const [i, value] of state.anchor.entries()) expect(value).toBeCloseTo(twin.parameter[i], 5);
});

test('DiLoCo with rate 1 and no momentum is plain averaging, bit for bit', () => {
  const plain = createOuterState(Float32Array.of(0.1, 0.2, 0.3), { strategy: 'local-sgd' });
  const outer = createOuterState(Float32Array.of(0.1, 0.2, 0.3), { strategy: 'diloco' });
  for (const change of changes)
    for (const state of [plain, outer])
      outerUpdate(state, 0, Float32Array.from(change), { outerLearningRate: 1, outerMomentum: 0 });
  expect(outer.anchor).toEqual(plain.anchor);
});

import { expect, test } from 'vitest';
import { fakePlan } from '../testing/fakeCluster';
import { clusterPredictor } from './clusterPredictor';
import { measureWholeStep } from './clusterStep';
import { modelPresets } from './modelPresets';
import { hardwareProfiles } from './profiles';
import { choiceKey, choicesFor, planOf } from './searchSpace';

test('no step comes below the bounds of its plan, in time or in memory', () => {
  for (const { id, shape, sequenceLength } of modelPresets.filter((preset) => /8b|70b|gpt3|bert/.test(preset.id))) {
    const base = { ...fakePlan, model: shape, sequenceLength, hardware: hardwareProfiles[1], globalBatch: 16 };
    const choices = choicesFor(base, 16);
    for (const choice of choices.filter((_, index) => index % Math.ceil(choices.length / 15) === 0)) {
      const plan = planOf(base, choice);
      const what = `${id} ${choiceKey(choice)}`;
      expect(clusterPredictor.leastMs(plan), what).toBeLessThanOrEqual(measureWholeStep(plan).spanMs * 1.000001);
      const { peakBytes, fits } = clusterPredictor.predict(plan);
      expect(clusterPredictor.leastBytes(plan), what).toBeLessThanOrEqual(peakBytes);
      expect(clusterPredictor.memory(plan), what).toEqual({ peakBytes, fits });
    }
  }
});

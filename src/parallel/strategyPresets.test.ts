import { expect, test } from 'vitest';
import { modelSizes } from '../core/modelConfig';
import { presets } from '../core/presets';
import { defaultModel, defaultRunConfig } from '../core/runConfig';
import { meshSize } from './mesh';
import { meshIssues } from './meshRules';
import { isStrategyPreset, strategyFits, strategyPreset, strategyPresetIds } from './strategyPresets';

test('every strategy is a mesh that every ready-made model can be trained over', () => {
  for (const { config } of presets) {
    for (const id of strategyPresetIds) {
      const laid = strategyPreset(id, config, 96);
      expect(meshIssues(laid, 96), `${id} of ${modelSizes(config.model).layers} layers`).toEqual([]);
      expect(laid.model).toEqual(config.model);
    }
  }
});

test('on the default model each is what its name says, and is recognised', () => {
  const shapes = strategyPresetIds.map((id) => {
    const laid = strategyPreset(id, defaultRunConfig, 96);
    const { dp, pp, tp, zero } = laid.parallel;
    expect(strategyFits(id, defaultRunConfig, 96)).toBe(true);
    expect(isStrategyPreset(id, laid, 96)).toBe(true);
    expect(strategyPresetIds.filter((other) => isStrategyPreset(other, laid, 96))).toEqual([id]);
    expect(meshSize(laid.parallel)).toBeGreaterThan(1);
    return [dp, pp, tp, zero].join();
  });
  expect(shapes).toEqual(['4,1,1,0', '4,1,1,3', '1,1,4,0', '1,4,1,0', '1,2,1,0', '2,2,2,1']);
});

test('a model of one layer is not piped', () => {
  const small = { ...defaultRunConfig, model: { ...defaultModel, n_layer: 1 } };
  expect(strategyFits('oneForwardOneBackward', small, 96)).toBe(false);
  expect(strategyFits('replicas', small, 96)).toBe(true);
});

// GPT-2's parameter list against published checkpoints and the known sizes.

import { describe, expect, test } from 'vitest';
import { readModelConfig } from '../../interop/modelConfigJson';
import { readSafetensors } from '../../interop/safetensors';
import { goldenFile } from '../../testing/goldenFile';
import { modelShapes, parameterCount } from './modelShapes';

describe('the parameters of GPT-2', () => {
  test.each(['gpt2', 'gpt2-4layer'])('names and shapes are those of the golden %s', (name) => {
    const config = goldenFile(`${name}/config.json`);
    const weights = goldenFile(`${name}/model.safetensors`);
    if (config === null || weights === null) return;
    const expected = [...readSafetensors(weights).tensors].map(([tensor, { shape }]) => `${tensor} ${shape.join('x')}`);
    const list = modelShapes(readModelConfig(new TextDecoder().decode(config))).parameters;
    expect(list.map(({ name: parameter, shape }) => `${parameter} ${shape.join('x')}`).sort()).toEqual(expected.sort());
    expect(list.filter(({ decay }) => decay).every(({ shape }) => shape.length === 2)).toBe(true);
    const layers = 1 + Math.max(...list.map(({ readBy }) => (typeof readBy === 'number' ? readBy : 0)));
    for (const { name: parameter, shape, init } of list) {
      if (shape.length === 2)
        expect(init).toBeCloseTo(parameter.endsWith('c_proj.weight') ? 0.02 / Math.sqrt(2 * layers) : 0.02, 12);
    }
  });

  test('the published small model has 124,439,808, tied or not the head counts once or twice', () => {
    const small = readModelConfig('{"model_type":"gpt2"}');
    expect(parameterCount(small)).toBe(124_439_808);
    expect(parameterCount({ ...small, tie_word_embeddings: false })).toBe(124_439_808 + 50_257 * 768);
  });
});

// GPT-2's parameter list against published checkpoints and the known sizes.

import { describe, expect, test } from 'vitest';
import { readGpt2Config } from '../../interop/gpt2Config';
import { readSafetensors } from '../../interop/safetensors';
import { goldenFile } from '../../testing/goldenFile';
import { gpt2Parameters, parameterCount } from './gpt2Shapes';

describe('gpt2Parameters', () => {
  test.each(['gpt2', 'gpt2-4layer'])('names and shapes are those of the golden %s', (name) => {
    const config = goldenFile(`${name}/config.json`);
    const weights = goldenFile(`${name}/model.safetensors`);
    if (config === null || weights === null) return;
    const expected = [...readSafetensors(weights).tensors].map(([tensor, { shape }]) => `${tensor} ${shape.join('x')}`);
    const list = gpt2Parameters(readGpt2Config(new TextDecoder().decode(config)));
    expect(list.map(({ name: parameter, shape }) => `${parameter} ${shape.join('x')}`).sort()).toEqual(expected.sort());
    expect(list.filter(({ decay }) => decay).every(({ shape }) => shape.length === 2)).toBe(true);
    expect(list.filter(({ init }) => init === 'residual').map((p) => p.name.split('.').slice(-2).join('.'))).toEqual(
      list.filter(({ name: n }) => n.endsWith('c_proj.weight')).map(() => 'c_proj.weight'),
    );
  });

  test('the closed form counts what the list holds; the published small model has 124,439,808', () => {
    const small = readGpt2Config('{"model_type":"gpt2"}');
    expect(parameterCount(small)).toBe(124_439_808);
    for (const config of [small, { ...small, tie_word_embeddings: false, n_inner: 100, n_layer: 3 }]) {
      const total = gpt2Parameters(config).reduce(
        (sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1),
        0,
      );
      expect(parameterCount(config)).toBe(total);
    }
  });
});

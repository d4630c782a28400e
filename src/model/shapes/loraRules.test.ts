// Which adapters a model can have, how large they are and how they start, by PEFT's rules.

import { expect, test } from 'vitest';
import { type LoraConfig, noLora } from '../../core/loraConfig';
import { defaultModel, defaultRunConfig } from '../../core/runConfig';
import { tinyLlamas } from '../../testing/tinyLlama';
import { initialValues } from '../initialize';
import { adapterShapes, loraModules, trainedCount } from './adapterShapes';
import { loraIssue } from './loraRules';

const model = { ...defaultModel, vocab_size: 65 };
const [[, llama]] = tinyLlamas;
const lora = (changes: Partial<LoraConfig>): LoraConfig => ({ ...noLora, r: 4, ...changes });
const { n_embd: C, n_layer: L } = model;

test.each([
  ['all-linear', 4 * L],
  ['c_attn', L],
  ['c_proj', 2 * L],
  ['mlp.c_proj', L],
  ['transformer.h.1.attn.c_attn', 1],
  ['c_attn, mlp.c_fc', 2 * L],
])('%s means %i layers', (target_modules, count) => {
  const config = lora({ target_modules });
  expect(loraModules(model, config)).toHaveLength(count);
  expect(loraIssue({ ...defaultRunConfig, model, lora: config })).toBeNull();
});

test.each(['c_atn', 'attn', 'wte', 'lm_head', 'c_attn,q_proj', ' , '])(
  "'%s' is refused with the names there are",
  (target_modules) => {
    const issue = loraIssue({ ...defaultRunConfig, model, lora: lora({ target_modules }) });
    expect(issue?.path).toBe('lora.target_modules');
    expect(issue?.expected).toContain('all-linear, attn.c_attn, attn.c_proj, mlp.c_fc, mlp.c_proj');
  },
);

test('a pipeline needs an adapter on every stage', () => {
  const parallel = { ...defaultRunConfig.parallel, pp: 2, schedule: 'gpipe' as const };
  const settings = { ...defaultRunConfig, model, parallel, lora: lora({ target_modules: 'h.0.attn.c_attn' }) };
  expect(loraIssue(settings)?.expected).toMatch(/stage 1, layers \d to \d, has none/);
  expect(loraIssue({ ...settings, lora: lora({ target_modules: 'c_attn' }) })).toBeNull();
});

test('A is [r, in] and uniform within 1 / sqrt(in), B is [out, r] and zero, in either direction of a weight', () => {
  const shapes = adapterShapes(model, lora({ target_modules: 'c_attn' }));
  expect(shapes.slice(0, 2).map(({ name, shape }) => [name, shape])).toEqual([
    ['transformer.h.0.attn.c_attn.lora_A.weight', [4, C]],
    ['transformer.h.0.attn.c_attn.lora_B.weight', [3 * C, 4]],
  ]);
  expect(trainedCount(model, lora({ target_modules: 'c_attn' }))).toBe(L * 4 * (C + 3 * C));
  const [wide] = adapterShapes(llama, lora({ target_modules: 'down_proj' }));
  const values = initialValues(shapes, 7);
  for (const [name, array] of values) {
    const largest = array.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (name.includes('lora_B')) expect(largest).toBe(0);
    else {
      expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(C));
      expect(largest).toBeGreaterThan(0.9 / Math.sqrt(C));
      expect(Math.abs(array.reduce((sum, value) => sum + value, 0) / array.length)).toBeLessThan(0.2 / Math.sqrt(C));
    }
  }
  expect(wide.shape).toEqual([4, llama.intermediate_size]);
});

// Links: short, readable, and whatever stands in them the valid part is used.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configFromHash, configToHash } from './configHash';
import { presets } from './presets';
import { defaultModel, defaultRunConfig, lrScheduleNames } from './runConfig';

describe('configToHash and configFromHash', () => {
  test('holds only what differs, readably', () => {
    expect(configToHash(defaultRunConfig)).toBe('');
    const config = {
      ...defaultRunConfig,
      model: { ...defaultModel, n_layer: 6 },
      train: { ...defaultRunConfig.train, learningRate: 0.001 },
    };
    expect(configToHash(config)).toBe('model.n_layer=6&train.learningRate=0.001');
  });

  test('round-trips presets and arbitrary settings', () => {
    for (const { config } of presets) expect(configFromHash(`#${configToHash(config)}`).config).toEqual(config);
    const settings = fc.record({
      steps: fc.integer({ min: defaultRunConfig.train.warmupSteps, max: 1e6 }),
      learningRate: fc.double({ min: 1e-3, max: 100, noNaN: true }),
      lrSchedule: fc.constantFrom(...lrScheduleNames),
      samplePrompt: fc.string({ unit: 'grapheme', maxLength: 50 }),
      n_inner: fc.option(fc.integer({ min: 1, max: 1000 })),
      tie_word_embeddings: fc.boolean(),
    });
    fc.assert(
      fc.property(settings, ({ n_inner, tie_word_embeddings, ...train }) => {
        const config = {
          ...defaultRunConfig,
          model: { ...defaultModel, n_inner, tie_word_embeddings },
          train: { ...defaultRunConfig.train, ...train },
        };
        const result = configFromHash(configToHash(config));
        // The floor of the learning rate follows its peak, whatever was drawn.
        expect(result.config.train.learningRate).toBe(train.learningRate);
        expect(result.config.train.samplePrompt).toBe(train.samplePrompt);
        expect(result.config.model).toEqual(config.model);
        expect(result.issues).toEqual([]);
      }),
    );
  });

  test('hands back keys that are not of the schema', () => {
    const { rest, issues, config } = configFromHash('#view=train&lang=zh&hide=a%2Cb&train.steps=9&train.warmupSteps=2');
    expect(rest).toEqual(
      new Map([
        ['view', 'train'],
        ['lang', 'zh'],
        ['hide', 'a,b'],
      ]),
    );
    expect(issues).toEqual([]);
    expect(config.train.steps).toBe(9);
  });

  test('row 55: 100 KB, wrong types, __proto__, script text and bad escapes: the valid part is used, the rest listed', () => {
    const long = configFromHash(`train.steps=123&train.samplePrompt=${'x'.repeat(100_000)}`);
    expect(long.config.train.steps).toBe(123);
    expect(long.issues).toHaveLength(1);
    const script = '<img src=x onerror=alert(1)>';
    const wrong = configFromHash(
      `#train.steps=lots&model.n_layer=1e2&__proto__.x=1&train.__proto__=1&train.samplePrompt=${encodeURIComponent(script)}&train.seed=%E0%A4%A&a=%zz&train.steps.x=1&model=3`,
    );
    expect(wrong.config.model).toEqual({ ...defaultModel, n_layer: 100 });
    expect(wrong.config.train.samplePrompt).toBe(script);
    expect(wrong.issues.map((issue) => issue.path).sort()).toEqual([
      '',
      '',
      'train.__proto__',
      'train.steps',
      'train.steps.x',
    ]);
    expect([...wrong.rest.keys()]).toEqual(['__proto__.x', 'model']);
    expect(Object.prototype).not.toHaveProperty('x');
  });

  test('never throws', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('train.steps', 'model.n_head', '&', '=', '%', '#', '12', 'null', 'data.corpus'),
    );
    fc.assert(fc.property(fc.array(part), (parts) => void configFromHash(parts.join(''))));
  });
});

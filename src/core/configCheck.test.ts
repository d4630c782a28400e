// The configuration checker: valid parts are kept, the rest is listed, and nothing makes it throw.

import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { checkRunConfig, describeSchema, sectionFields } from './configCheck';
import { modelSizes, modelTypes } from './modelConfig';
import { presets } from './presets';
import { defaultModel, defaultRunConfig, type RunConfig, runConfigSchema } from './runConfig';

function expectRunnable(config: RunConfig): void {
  expect(v.safeParse(runConfigSchema, config).success).toBe(true);
  const { model, train } = config;
  expect(Number.isInteger(modelSizes(model).headDim)).toBe(true);
  expect(train.sequenceLength).toBeLessThanOrEqual(modelSizes(model).positions);
  expect(train.batchSize % train.microBatches).toBe(0);
  expect(train.warmupSteps).toBeLessThanOrEqual(train.steps);
}

/** JSON that often has the schema's own names, so that values reach the field checks. */
const nearConfig = fc.dictionary(
  fc.constantFrom('model', 'data', 'train', 'parallel', '__proto__', 'constructor', 'other'),
  fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom(...Object.keys(defaultRunConfig.model), ...Object.keys(defaultRunConfig.train), '__proto__', 'x'),
      fc.oneof(fc.jsonValue(), fc.integer({ min: -5, max: 200 })),
    ),
  ),
);

describe('checkRunConfig', () => {
  test('takes the defaults and every preset without an issue', () => {
    expect(checkRunConfig({})).toEqual({ config: defaultRunConfig, issues: [] });
    expect(checkRunConfig(undefined).issues).toEqual([]);
    for (const { config } of presets) expect(checkRunConfig(config)).toEqual({ config, issues: [] });
  });

  test('drops a bad field alone, and says what it takes', () => {
    const { config, issues } = checkRunConfig({
      model: { n_layer: 'six', n_embd: 128 },
      train: { steps: 2.5, seed: 7 },
    });
    expect(config.model).toEqual({ ...defaultModel, n_embd: 128 });
    expect(config.train.seed).toBe(7);
    expect(issues).toEqual([
      { path: 'model.n_layer', got: '"six"', expected: 'a whole number from 1 to 512' },
      { path: 'train.steps', got: '2.5', expected: 'a whole number from 1 to 10000000' },
    ]);
  });

  test('an unknown family is refused with the names of those that there are', () => {
    const { config, issues } = checkRunConfig({ model: { model_type: 'mamba', n_layer: 3 } });
    expect(config.model).toEqual({ ...defaultModel, n_layer: 3 });
    expect(issues).toEqual([
      { path: 'model.model_type', got: '"mamba"', expected: `one of ${modelTypes().join(', ')}` },
    ]);
  });

  test('lists unknown sections and fields, __proto__ among them, and pollutes nothing', () => {
    const input: unknown = JSON.parse('{"__proto__":{"x":1},"train":{"__proto__":{"steps":3},"stepz":4},"extra":1}');
    const { config, issues } = checkRunConfig(input);
    expect(config).toEqual(defaultRunConfig);
    expect(issues.map((issue) => issue.path).sort()).toEqual(['__proto__', 'extra', 'train.__proto__', 'train.stepz']);
    expect(Object.prototype).not.toHaveProperty('x');
  });

  test('keeps the values of the base where the input is silent or wrong', () => {
    const base = { ...defaultRunConfig, train: { ...defaultRunConfig.train, steps: 77 } };
    expect(checkRunConfig({ train: { steps: -1 } }, base).config.train.steps).toBe(77);
  });

  test.each([
    [{ model: { n_embd: 64, n_head: 5 } }, 'model.n_head', '5', 'a divisor of model.n_embd = 64; 4 is used'],
    [{ train: { sequenceLength: 100 } }, 'train.sequenceLength', '100', 'at most model.n_positions = 64; 64 is used'],
    [
      { train: { batchSize: 12, microBatches: 5 } },
      'train.microBatches',
      '5',
      'a divisor of train.batchSize = 12; 4 is used',
    ],
    [{ train: { steps: 10, warmupSteps: 30 } }, 'train.warmupSteps', '30', 'at most train.steps = 10; 10 is used'],
    [
      { train: { lrSchedule: 'wsd', steps: 100, warmupSteps: 10, decaySteps: 95 } },
      'train.decaySteps',
      '95',
      'at most train.steps - train.warmupSteps = 90; 90 is used',
    ],
    [
      { train: { learningRate: 1e-4, minLearningRate: 1e-3 } },
      'train.minLearningRate',
      '0.001',
      'at most train.learningRate = 0.0001; 0.0001 is used',
    ],
    [
      { train: { documents: 'apart' } },
      'train.documents',
      '"apart"',
      'joined: only shards (data.corpus), which the Data view makes, say where documents begin; "joined" is used',
    ],
    [
      { model: { model_type: 'bert' }, data: { corpus: 'shards' }, train: { documents: 'apart' } },
      'train.documents',
      '"apart"',
      'joined: tokens of model.model_type = bert see those behind them too, so choose a model that continues texts; "joined" is used',
    ],
  ])('resolves fields that contradict each other: %j', (input, path, got, expected) => {
    const { config, issues } = checkRunConfig(input);
    expect(issues).toEqual([{ path, got, expected }]);
    expectRunnable(config);
    expect(checkRunConfig(config).issues).toEqual([]);
  });

  test('documents are kept apart on shards, by families that see no later token', () => {
    for (const model_type of ['gpt2', 'llama', 'qwen3']) {
      const input = { model: { model_type }, data: { corpus: 'shards' }, train: { documents: 'apart' } };
      const { config, issues } = checkRunConfig(input);
      expect([issues, config.train.documents]).toEqual([[], 'apart']);
    }
  });

  test('never throws, and always ends runnable', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (input) =>
        expectRunnable(checkRunConfig(input).config),
      ),
    );
    fc.assert(
      fc.property(nearConfig, (input) => expectRunnable(checkRunConfig(input).config)),
      { numRuns: 500 },
    );
  });
});

test('every field of the schema is described in words', () => {
  const sections = Object.keys(runConfigSchema.entries).flatMap((section) =>
    section === 'model' ? modelTypes().map((type) => sectionFields(section, type)) : [sectionFields(section)],
  );
  for (const fields of sections) {
    for (const schema of fields?.values() ?? []) {
      expect(describeSchema(schema)).toMatch(
        /^(a whole number from|a number from|one of|true or false|text of|a list of texts|"\w+")/,
      );
    }
  }
});

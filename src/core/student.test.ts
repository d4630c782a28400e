import { expect, test } from 'vitest';
import { defaultModelOf } from './configCheck';
import { modelSizes, textModelTypes } from './modelConfig';
import { defaultRunConfig } from './runConfig';
import { halfOf, studentRun } from './student';

const { data, train } = defaultRunConfig;

test.each(textModelTypes())('half of a %s is a run of the same family, vocabulary and positions', (type) => {
  const teacher = { ...defaultModelOf(type), vocab_size: 96 };
  const { config, issues } = studentRun(teacher, { data, train: { ...train, warmupSteps: 300 } }, halfOf(teacher), 40);
  expect(issues).toEqual([]);
  const [own, other] = [modelSizes(config.model), modelSizes(teacher)];
  expect(own).toMatchObject({
    layers: 2,
    width: 32,
    heads: 2,
    headDim: 16,
    vocabulary: 96,
    positions: other.positions,
  });
  expect(own.inner / own.width).toBeCloseTo(other.inner / other.width, 0);
  expect(config.train).toMatchObject({ steps: 40, warmupSteps: 4 });
});

test('what the sizes cannot be is listed; sequences are no longer than the teacher reads', () => {
  const teacher = defaultModelOf('llama');
  const long = { data, train: { ...train, sequenceLength: 4_096 } };
  expect(studentRun(teacher, long, { layers: 1, width: 30, heads: 4 }, 10).issues[0]?.path).toBe(
    'model.num_attention_heads',
  );
  const { config, issues } = studentRun(teacher, long, { layers: 1, width: 48, heads: 3 }, 10);
  expect(issues).toEqual([]);
  // Three heads cannot share keys in twos.
  expect(modelSizes(config.model)).toMatchObject({ heads: 3, kvHeads: 3, headDim: 16 });
  expect(config.train.sequenceLength).toBe(modelSizes(teacher).positions);
});

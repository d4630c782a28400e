// Encoders beside each other: positions worked by hand, and what one family takes over from another.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { checkRunConfig } from '../configCheck';
import { likeModel, modelConfigSchema, modelSizes, positionsField } from '../modelConfig';
import { defaultRunConfig } from '../runConfig';
import { countPositions } from './modelSizes';

test('positions are counted from behind the padding, which keeps its own wherever it stands', () => {
  const ids = Uint32Array.of(
    ...[0, 7, 8, 2, 1, 1],
    // In the middle of a sequence, and before it.
    ...[0, 7, 1, 8, 2, 1],
    ...[1, 1, 0, 7, 8, 2],
    ...[1, 1, 1, 1, 1, 1],
  );
  const positions = new Uint32Array(ids.length);
  countPositions(ids, 6, 1, positions);
  expect([...positions]).toEqual([
    ...[2, 3, 4, 5, 1, 1],
    ...[2, 3, 1, 4, 5, 1],
    ...[1, 1, 2, 3, 4, 5],
    ...[1, 1, 1, 1, 1, 1],
  ]);
  // Of roberta-base: 514 rows, of which a text has 512.
  const base = v.parse(modelConfigSchema, { model_type: 'roberta', max_position_embeddings: 514, pad_token_id: 1 });
  expect(modelSizes(base).positions).toBe(512);
  expect(positionsField(base, 100)).toEqual({ max_position_embeddings: 102 });
});

test('a family in the place of another keeps the sizes, the positions and the task', () => {
  const bert = v.parse(modelConfigSchema, {
    model_type: 'bert',
    architecture: 'BertForQuestionAnswering',
    hidden_size: 48,
    num_hidden_layers: 3,
    max_position_embeddings: 80,
  });
  const roberta = likeModel('roberta', bert);
  const distilbert = likeModel('distilbert', roberta);
  expect(roberta).toMatchObject({ architecture: 'RobertaForQuestionAnswering', max_position_embeddings: 81 });
  expect(distilbert).toMatchObject({ architecture: 'DistilBertForQuestionAnswering', dim: 48, n_layers: 3 });
  for (const model of [roberta, distilbert, likeModel('bert', distilbert)])
    expect(modelSizes(model)).toMatchObject({
      width: 48,
      layers: 3,
      positions: 80,
      inner: 192,
      task: 'question-answering',
    });
  expect(modelSizes(likeModel('gpt2', roberta))).toMatchObject({ width: 48, positions: 80 });
});

test("a configuration that does not fit is mended in the family's words", () => {
  const { config, issues } = checkRunConfig(
    { model: { model_type: 'roberta', pad_token_id: 1, max_position_embeddings: 2 }, train: { sequenceLength: 64 } },
    defaultRunConfig,
  );
  expect(config.model).toMatchObject({ max_position_embeddings: 3 });
  expect(config.train.sequenceLength).toBe(1);
  expect(issues.map(({ expected }) => expected).join('; ')).toContain(
    'at most model.max_position_embeddings - model.pad_token_id - 1 = 1',
  );
});

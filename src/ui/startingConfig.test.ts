import * as v from 'valibot';
import { expect, test } from 'vitest';
import { checkRunConfig } from '../core/configCheck';
import { modelConfigSchema } from '../core/modelConfig';
import { findPreset } from '../core/presets';
import { withStart } from './startingConfig';
import { fitsStartingModel, otherModelField } from './stores/setupStore';

const config = v.parse(modelConfigSchema, {
  model_type: 'bert',
  architecture: 'BertForMaskedLM',
  vocab_size: 30,
  hidden_size: 8,
  num_attention_heads: 2,
  max_position_embeddings: 16,
});
const folder = { config, tokenizerJson: '{}' };
const checked = (written: unknown) =>
  checkRunConfig(withStart(written, folder), findPreset('moby-small')?.config).config;

test('a run that begins with a folder has its model and its tokenizer, and as many tokens as the model reads', () => {
  const run = checked({ train: { steps: 3 } });
  expect(run.model).toEqual(config);
  expect(run.data.tokenizer).toBe('json');
  expect(run.train).toMatchObject({ steps: 3, sequenceLength: 16 });
  expect(fitsStartingModel(run, folder)).toBe(true);
  expect(checkRunConfig(withStart({}, { ...folder, tokenizerJson: null })).config.data.tokenizer).toBe('wordpiece');
});

test('another head, dropout and labels go with the weights; other sizes are named', () => {
  const run = checked({ model: { architecture: 'BertForSequenceClassification', hidden_dropout_prob: 0.1 } });
  expect(run.model).toMatchObject({ architecture: 'BertForSequenceClassification', hidden_size: 8 });
  expect(run.data.corpus).toBe('records');
  expect(fitsStartingModel(run, folder)).toBe(true);
  const wider = checked({ model: { hidden_size: 16 }, data: { tokenizer: 'wordpiece' } });
  expect(otherModelField(wider, folder)).toEqual({ name: 'hidden_size', value: 16, loaded: 8 });
  expect(wider.data.tokenizer).toBe('wordpiece');
});

test('what is no configuration is left for the schema to refuse', () => {
  expect(withStart(3, folder)).toBe(3);
  expect(withStart({ model: 3 }, folder)).toEqual({ model: 3 });
});

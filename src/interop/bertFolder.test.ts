// BERT folders: what published ones have besides this head's weights is left out as transformers leaves it out; what the lab would have to guess
// is refused by name. Golden folders, read and written again, are modelFolderWriter.test.ts's.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { type BertConfig, bertConfigSchema } from '../core/models/bert';
import type { NamedFile } from '../core/records';
import { modelShapes } from '../model/shapes/modelShapes';
import { readModelConfig } from './modelConfigJson';
import { modelFiles } from './modelFiles';
import { readModelFolder } from './modelFolder';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';

const config: BertConfig = v.parse(bertConfigSchema, {
  model_type: 'bert',
  vocab_size: 5,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 3,
  max_position_embeddings: 4,
});

function modelConfigJson(of: BertConfig): string {
  return JSON.stringify(modelFiles(of).configJson);
}

type Tensors = Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

function weights(of: BertConfig): Tensors {
  return new Map(
    modelShapes(of).parameters.map(({ name, shape }, index) => {
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, (_, i) => index + i / 64) }];
    }),
  );
}

function folder(of: BertConfig, tensors: Tensors): NamedFile[] {
  const file = writeSafetensors(new Map([...tensors].map(([n, { shape, data }]) => [n, float32Tensor(shape, data)])));
  return [
    { name: 'config.json', bytes: new TextEncoder().encode(modelConfigJson(of)) },
    { name: 'model.safetensors', bytes: file },
  ];
}

test('config.json comes back as it was, labels and all, for every head', () => {
  for (const architecture of ['BertForSequenceClassification', 'BertForTokenClassification'] as const) {
    const labelled = { ...config, architecture, labels: ['bad', 'good, or so', 'neither'], pad_token_id: null };
    const text = modelConfigJson(labelled);
    expect(JSON.parse(text)).toMatchObject({ id2label: { 1: 'good, or so' }, label2id: { neither: 2 } });
    expect(readModelConfig(text)).toEqual(labelled);
  }
  for (const architecture of ['BertForMaskedLM', 'BertForQuestionAnswering'] as const) {
    const headed = { ...config, architecture };
    expect(readModelConfig(modelConfigJson(headed))).toEqual(headed);
    expect(modelConfigJson(headed)).not.toContain('id2label');
  }
});

test('published weights: norms by their first names, a repeated decoder, the pooler and the pair head of pre-training', () => {
  const tensors = weights(config);
  const value = (name: string) => tensors.get(name) ?? { shape: [0], data: new Float32Array() };
  const published: Tensors = new Map(
    [...tensors].map(([name, tensor]) => [
      name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
      tensor,
    ]),
  );
  published.set('cls.predictions.decoder.weight', value('bert.embeddings.word_embeddings.weight'));
  published.set('cls.predictions.decoder.bias', value('cls.predictions.bias'));
  published.set('bert.pooler.dense.weight', { shape: [4, 4], data: new Float32Array(16) });
  published.set('cls.seq_relationship.bias', { shape: [2], data: new Float32Array(2) });
  expect(new Map([...readModelFolder(folder(config, published)).tensors].sort())).toEqual(new Map([...tensors].sort()));
  published.set('cls.predictions.decoder.bias', { shape: [5], data: new Float32Array(5).fill(9) });
  expect(() => readModelFolder(folder(config, published))).toThrow('do not fit');
});

test.each([
  [{ architectures: ['BertForNextSentencePrediction'] }, 'BertForNextSentencePrediction'],
  [{ architectures: undefined }, 'which head'],
  [{ architectures: ['BertForMaskedLM', 'BertForQuestionAnswering'] }, 'which head'],
  [{ model_type: 'electra' }, 'electra'],
  [{ is_decoder: true }, 'is_decoder'],
  [{ position_embedding_type: 'relative_key' }, 'position_embedding_type'],
  [{ problem_type: 'multi_label_classification' }, 'problem_type'],
])('what is not computed is refused by name (%#)', (changes, message) => {
  const fields: object = JSON.parse(modelConfigJson(config));
  expect(() => readModelConfig(JSON.stringify({ ...fields, ...changes }))).toThrow(message);
});

test('fields that cannot be are listed with what they take', () => {
  const fields: object = JSON.parse(modelConfigJson(config));
  const bad = { ...fields, num_attention_heads: 3, hidden_act: 'mish' };
  expect(() => readModelConfig(JSON.stringify(bad))).toThrow('cannot use');
});

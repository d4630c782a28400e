// DistilBERT and RoBERTa folders: config.json and weights as transformers has them, by the strict reader of the tests' own; what published ones have
// besides; what is refused by name. There is no golden folder of them: the maths is held to BERT's in reference/encoder.test.ts.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { loraConfigSchema } from '../core/loraConfig';
import { distilbertArchitectures, distilbertConfigSchema } from '../core/models/distilbert';
import type { EncoderConfig } from '../core/models/encoders';
import { robertaArchitectures, robertaConfigSchema } from '../core/models/roberta';
import type { NamedFile } from '../core/records';
import { initialWeights } from '../model/initialize';
import { loraModules } from '../model/shapes/adapterShapes';
import { modelShapes } from '../model/shapes/modelShapes';
import { folderProblems } from '../testing/strictFolder';
import { readModelConfig } from './modelConfigJson';
import { modelFiles } from './modelFiles';
import { readModelFolder } from './modelFolder';
import { writeModelFolder } from './modelFolderWriter';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';

const tinyDistilbert = v.parse(distilbertConfigSchema, {
  model_type: 'distilbert',
  vocab_size: 5,
  dim: 4,
  n_layers: 1,
  n_heads: 2,
  hidden_dim: 3,
  max_position_embeddings: 4,
  labels: ['bad', 'good', 'neither'],
});
const tinyRoberta = v.parse(robertaConfigSchema, {
  model_type: 'roberta',
  vocab_size: 5,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 3,
  max_position_embeddings: 6,
  pad_token_id: 1,
  labels: ['bad', 'good', 'neither'],
});
const models: readonly EncoderConfig[] = [
  ...distilbertArchitectures.map((architecture) => ({ ...tinyDistilbert, architecture })),
  ...robertaArchitectures.map((architecture) => ({ ...tinyRoberta, architecture })),
];

type Tensors = Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

function weightsOf(config: EncoderConfig): Tensors {
  const values = initialWeights(config, 3);
  return new Map(
    modelShapes(config).parameters.map(({ name, shape }) => [
      name,
      { shape, data: values.get(name) ?? new Float32Array() },
    ]),
  );
}

function folder(configJson: object, tensors: Tensors): readonly NamedFile[] {
  const bytes = writeSafetensors(new Map([...tensors].map(([n, { shape, data }]) => [n, float32Tensor(shape, data)])));
  return [
    { name: 'config.json', bytes: new TextEncoder().encode(JSON.stringify(configJson)) },
    { name: 'model.safetensors', bytes },
  ];
}

test.each(models)('$architecture is written as from_pretrained needs it, and read again as it was', (config) => {
  const tensors = weightsOf(config);
  const files = writeModelFolder(config, tensors, null, {});
  expect(folderProblems(files)).toEqual([]);
  const read = readModelFolder(files);
  const classifies = /Sequence|Token/.test(config.architecture);
  expect(read.config).toEqual(classifies ? config : { ...config, labels: ['LABEL_0', 'LABEL_1'] });
  expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
  const again = writeModelFolder(read.config, read.tensors, null, { kept: read.kept });
  for (const [i, file] of again.entries()) expect(Buffer.compare(file.bytes, files[i].bytes), file.name).toBe(0);
  // A folder without the tensors that the head names is not read.
  const [head] = modelShapes(config).parameters.filter(
    ({ readBy }) => Array.isArray(readBy) && !readBy.includes('embedding'),
  );
  tensors.delete(head.name);
  expect(() => readModelFolder(folder(modelFiles(config).configJson, tensors))).toThrow('do not fit');
});

test("published folders: absent fields are transformers', the base's names, and what other heads left behind", () => {
  expect(
    readModelConfig(
      JSON.stringify({ model_type: 'distilbert', architectures: ['DistilBertForMaskedLM'], activation: 'gelu' }),
    ),
  ).toMatchObject({ dim: 768, n_layers: 6, hidden_dim: 3072, seq_classif_dropout: 0.2, pad_token_id: 0 });
  expect(
    readModelConfig(
      JSON.stringify({ model_type: 'roberta', architectures: ['RobertaForMaskedLM'], max_position_embeddings: 514 }),
    ),
  ).toMatchObject({ vocab_size: 50_265, pad_token_id: 1, layer_norm_eps: 1e-12, type_vocab_size: 2 });

  const classifier = { ...tinyDistilbert, architecture: 'DistilBertForSequenceClassification' as const };
  const tensors = weightsOf(classifier);
  const published: Tensors = new Map([...tensors].map(([name, tensor]) => [name.replace(/^distilbert\./, ''), tensor]));
  published.set('vocab_projector.bias', { shape: [5], data: new Float32Array(5) });
  published.set('vocab_layer_norm.weight', { shape: [4], data: new Float32Array(4) });
  const files = folder(modelFiles(classifier).configJson, published);
  expect(new Map([...readModelFolder(files).tensors].sort())).toEqual(new Map([...tensors].sort()));

  const filler = weightsOf(tinyRoberta);
  const whole: Tensors = new Map(filler);
  const repeated = (name: string) => filler.get(name) ?? { shape: [0], data: new Float32Array() };
  whole.set('lm_head.decoder.weight', repeated('roberta.embeddings.word_embeddings.weight'));
  whole.set('lm_head.decoder.bias', repeated('lm_head.bias'));
  whole.set('roberta.embeddings.position_ids', { shape: [1, 6], data: new Float32Array(6) });
  whole.set('roberta.pooler.dense.bias', { shape: [4], data: new Float32Array(4) });
  expect(new Map([...readModelFolder(folder(modelFiles(tinyRoberta).configJson, whole)).tensors].sort())).toEqual(
    new Map([...filler].sort()),
  );
});

test.each([
  [tinyDistilbert, { sinusoidal_pos_embds: true }, 'sinusoidal_pos_embds'],
  [tinyDistilbert, { architectures: ['DistilBertForMultipleChoice'] }, 'DistilBertForMultipleChoice'],
  [tinyDistilbert, { architectures: ['DistilBertModel'] }, 'DistilBertModel'],
  [tinyDistilbert, { activation: 'mish' }, 'cannot use'],
  [tinyDistilbert, { n_heads: 3 }, 'cannot use'],
  [tinyRoberta, { architectures: ['RobertaForCausalLM'] }, 'RobertaForCausalLM'],
  [tinyRoberta, { is_decoder: true }, 'is_decoder'],
  [tinyRoberta, { position_embedding_type: 'relative_key' }, 'position_embedding_type'],
  [tinyRoberta, { max_position_embeddings: 2 }, 'cannot use'],
] as const)('what is not computed is refused by name (%#)', (config, changes, message) => {
  expect(() => readModelConfig(JSON.stringify({ ...modelFiles(config).configJson, ...changes }))).toThrow(message);
});

test("adapters go beside the layers under the families' own names", () => {
  const adapted = (config: EncoderConfig, targets: string) =>
    loraModules(config, v.parse(loraConfigSchema, { r: 2, target_modules: targets })).map(({ name }) => name);
  expect(adapted(tinyDistilbert, 'q_lin,lin2')).toEqual([
    'distilbert.transformer.layer.0.attention.q_lin',
    'distilbert.transformer.layer.0.ffn.lin2',
  ]);
  expect(adapted(tinyRoberta, 'query')).toEqual(['roberta.encoder.layer.0.attention.self.query']);
  expect(adapted(tinyRoberta, 'all-linear')).toHaveLength(6);
});

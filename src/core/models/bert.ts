// BERT's configuration as transformers' BertConfig names it; `architecture` and `labels` stand for config.json's lists of them. Pure data.

import * as v from 'valibot';
import { activationNames } from './activationNames';
import type { ModelSizes, ModelTask, SizeFields } from './modelSizes';
import { finite, integer } from './schemaParts';

/** Transformers' classes, by what they are trained to give. */
const tasks = {
  BertForMaskedLM: 'masked-lm',
  BertForSequenceClassification: 'sequence-classification',
  BertForTokenClassification: 'token-classification',
  BertForQuestionAnswering: 'question-answering',
} as const satisfies Readonly<Record<string, ModelTask>>;

export const bertArchitectures = [
  'BertForMaskedLM',
  'BertForSequenceClassification',
  'BertForTokenClassification',
  'BertForQuestionAnswering',
] as const satisfies readonly (keyof typeof tasks)[];

/** vocab_size 0 means: as large as the tokenizer's vocabulary. */
export const bertConfigSchema = v.object({
  model_type: v.literal('bert'),
  architecture: v.optional(v.picklist(bertArchitectures), 'BertForMaskedLM'),
  vocab_size: v.optional(integer(0, 1_000_000), 0),
  hidden_size: v.optional(integer(1, 65_536), 64),
  num_hidden_layers: v.optional(integer(1, 512), 4),
  num_attention_heads: v.optional(integer(1, 512), 4),
  intermediate_size: v.optional(integer(1, 262_144), 256),
  hidden_act: v.optional(v.picklist(activationNames), 'gelu'),
  hidden_dropout_prob: v.optional(finite(0, 0.99), 0),
  attention_probs_dropout_prob: v.optional(finite(0, 0.99), 0),
  /** Before the classifier; null: hidden_dropout_prob. */
  classifier_dropout: v.optional(v.nullable(finite(0, 0.99)), null),
  max_position_embeddings: v.optional(integer(1, 65_536), 64),
  type_vocab_size: v.optional(integer(1, 64), 2),
  layer_norm_eps: v.optional(finite(0, 1), 1e-12),
  initializer_range: v.optional(finite(0, 10), 0.02),
  /** The token whose embedding is not trained by being read; null: none. */
  pad_token_id: v.optional(v.nullable(integer(0, 999_999)), 0),
  tie_word_embeddings: v.optional(v.boolean(), true),
  /** Names of the classes, of a classifier. */
  labels: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.minLength(1), v.maxLength(10_000)), [
    'LABEL_0',
    'LABEL_1',
  ]),
});
export type BertConfig = v.InferOutput<typeof bertConfigSchema>;

export const bertSizeFields: SizeFields = {
  layers: 'num_hidden_layers',
  width: 'hidden_size',
  heads: 'num_attention_heads',
  positions: 'max_position_embeddings',
};

export function bertSizes(config: BertConfig): ModelSizes {
  const { hidden_size: width, num_attention_heads: heads, vocab_size: vocabulary, labels } = config;
  const task = tasks[config.architecture];
  return {
    task,
    layers: config.num_hidden_layers,
    width,
    heads,
    kvHeads: heads,
    headDim: width / heads,
    inner: config.intermediate_size,
    positions: config.max_position_embeddings,
    vocabulary,
    outputs: task === 'masked-lm' ? vocabulary : task === 'question-answering' ? 2 : labels.length,
    tokenTypes: config.type_vocab_size,
    masked: true,
    untrainedToken: config.pad_token_id,
  };
}

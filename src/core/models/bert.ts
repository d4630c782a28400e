// BERT's configuration as transformers' BertConfig names it; `architecture` and `labels` stand for config.json's lists of them. Pure data.

import * as v from 'valibot';
import { activationNames } from './activationNames';
import { type EncoderModel, outputsOf, taskOfArchitecture } from './encoderModel';
import type { ModelSizes, SizeFields } from './modelSizes';
import { finite, integer, labelsSchema } from './schemaParts';

export const bertArchitectures = [
  'BertForMaskedLM',
  'BertForSequenceClassification',
  'BertForTokenClassification',
  'BertForQuestionAnswering',
] as const;

/** What BERT's config and RoBERTa's have alike. vocab_size 0 means: as large as the tokenizer's vocabulary. */
export const bertEntries = {
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
  labels: labelsSchema,
};

export const bertConfigSchema = v.object({
  model_type: v.literal('bert'),
  architecture: v.optional(v.picklist(bertArchitectures), 'BertForMaskedLM'),
  ...bertEntries,
});
export type BertConfig = v.InferOutput<typeof bertConfigSchema>;

export const bertSizeFields: SizeFields = {
  layers: 'num_hidden_layers',
  width: 'hidden_size',
  heads: 'num_attention_heads',
  positions: 'max_position_embeddings',
};

type BertLike = Omit<BertConfig, 'model_type' | 'architecture'> & {
  readonly architecture: Parameters<typeof taskOfArchitecture>[0];
};

export function bertSizes(config: BertLike): ModelSizes {
  const { hidden_size: width, num_attention_heads: heads, vocab_size: vocabulary } = config;
  const task = taskOfArchitecture(config.architecture);
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
    outputs: outputsOf(task, vocabulary, config.labels),
    tokenTypes: config.type_vocab_size,
    masked: true,
    untrainedToken: config.pad_token_id,
    paddingPosition: null,
  };
}

/** @param prefix what stands before the names that all heads share: `bert` */
export function bertEncoder(config: BertLike, prefix = 'bert'): EncoderModel {
  const { hidden_dropout_prob: hidden, hidden_act: activation } = config;
  const classifier = config.classifier_dropout ?? hidden;
  return {
    task: taskOfArchitecture(config.architecture),
    sizes: bertSizes(config),
    activation,
    transformActivation: activation,
    firstActivation: 'tanh',
    pools: true,
    epsilon: config.layer_norm_eps,
    normal: config.initializer_range,
    tied: config.tie_word_embeddings,
    dropout: {
      hidden,
      attention: config.attention_probs_dropout_prob,
      attended: hidden,
      first: 0,
      sequence: classifier,
      token: classifier,
      spans: 0,
    },
    names: {
      embeddings: `${prefix}.embeddings`,
      layers: `${prefix}.encoder.layer`,
      query: 'attention.self.query',
      key: 'attention.self.key',
      value: 'attention.self.value',
      attended: 'attention.output.dense',
      attendedNorm: 'attention.output.LayerNorm',
      inner: 'intermediate.dense',
      outer: 'output.dense',
      outerNorm: 'output.LayerNorm',
      transform: 'cls.predictions.transform.dense',
      transformNorm: 'cls.predictions.transform.LayerNorm',
      decoder: 'cls.predictions.decoder',
      decoderBias: 'cls.predictions.bias',
      first: `${prefix}.pooler.dense`,
      classifier: 'classifier',
    },
  };
}

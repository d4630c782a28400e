// DistilBERT's configuration as transformers' DistilBertConfig names it: BERT without segments and pooler, with names of its own. Pure data.

import * as v from 'valibot';
import { activationNames } from './activationNames';
import { type EncoderModel, outputsOf, taskOfArchitecture } from './encoderModel';
import type { ModelSizes, SizeFields } from './modelSizes';
import { finite, integer, labelsSchema } from './schemaParts';

export const distilbertArchitectures = [
  'DistilBertForMaskedLM',
  'DistilBertForSequenceClassification',
  'DistilBertForTokenClassification',
  'DistilBertForQuestionAnswering',
] as const;

/** vocab_size 0 means: as large as the tokenizer's vocabulary. */
export const distilbertConfigSchema = v.object({
  model_type: v.literal('distilbert'),
  architecture: v.optional(v.picklist(distilbertArchitectures), 'DistilBertForMaskedLM'),
  vocab_size: v.optional(integer(0, 1_000_000), 0),
  dim: v.optional(integer(1, 65_536), 64),
  n_layers: v.optional(integer(1, 512), 4),
  n_heads: v.optional(integer(1, 512), 4),
  hidden_dim: v.optional(integer(1, 262_144), 256),
  activation: v.optional(v.picklist(activationNames), 'gelu'),
  dropout: v.optional(finite(0, 0.99), 0),
  attention_dropout: v.optional(finite(0, 0.99), 0),
  /** Before the heads of spans and of sequences. */
  qa_dropout: v.optional(finite(0, 0.99), 0),
  seq_classif_dropout: v.optional(finite(0, 0.99), 0),
  max_position_embeddings: v.optional(integer(1, 65_536), 64),
  initializer_range: v.optional(finite(0, 10), 0.02),
  /** The token whose embedding is not trained by being read; null: none. */
  pad_token_id: v.optional(v.nullable(integer(0, 999_999)), 0),
  tie_word_embeddings: v.optional(v.boolean(), true),
  labels: labelsSchema,
});
export type DistilBertConfig = v.InferOutput<typeof distilbertConfigSchema>;

export const distilbertSizeFields: SizeFields = {
  layers: 'n_layers',
  width: 'dim',
  heads: 'n_heads',
  positions: 'max_position_embeddings',
};

export function distilbertSizes(config: DistilBertConfig): ModelSizes {
  const { dim: width, n_heads: heads, vocab_size: vocabulary } = config;
  const task = taskOfArchitecture(config.architecture);
  return {
    task,
    layers: config.n_layers,
    width,
    heads,
    kvHeads: heads,
    headDim: width / heads,
    inner: config.hidden_dim,
    positions: config.max_position_embeddings,
    vocabulary,
    outputs: outputsOf(task, vocabulary, config.labels),
    tokenTypes: 0,
    masked: true,
    untrainedToken: config.pad_token_id,
    paddingPosition: null,
  };
}

export function distilbertEncoder(config: DistilBertConfig): EncoderModel {
  const { activation, dropout: hidden } = config;
  return {
    task: taskOfArchitecture(config.architecture),
    sizes: distilbertSizes(config),
    activation,
    transformActivation: activation,
    firstActivation: 'relu',
    pools: false,
    // Of every norm: the config has no field for it.
    epsilon: 1e-12,
    normal: config.initializer_range,
    tied: config.tie_word_embeddings,
    dropout: {
      hidden,
      attention: config.attention_dropout,
      attended: 0,
      first: 0,
      sequence: config.seq_classif_dropout,
      token: hidden,
      spans: config.qa_dropout,
    },
    names: {
      embeddings: 'distilbert.embeddings',
      layers: 'distilbert.transformer.layer',
      query: 'attention.q_lin',
      key: 'attention.k_lin',
      value: 'attention.v_lin',
      attended: 'attention.out_lin',
      attendedNorm: 'sa_layer_norm',
      inner: 'ffn.lin1',
      outer: 'ffn.lin2',
      outerNorm: 'output_layer_norm',
      transform: 'vocab_transform',
      transformNorm: 'vocab_layer_norm',
      decoder: 'vocab_projector',
      decoderBias: 'vocab_projector.bias',
      first: 'pre_classifier',
      classifier: 'classifier',
    },
  };
}

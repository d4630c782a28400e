// BERT's files as transformers has them: which fields of config.json are read, what stands in them, and how checkpoints name their tensors. Pure.

import { type BertConfig, bertArchitectures, bertConfigSchema } from '../core/models/bert';
import { isRecord, type JsonRecord } from './jsonRecord';
import type { ConfigRules, ModelFiles } from './modelFiles';

export const bertConfigRules: ConfigRules = {
  architectures: bertArchitectures,
  headed: true,
  fields: bertConfigSchema.entries,
  defaults: {
    vocab_size: 30_522,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    hidden_act: 'gelu',
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    classifier_dropout: null,
    max_position_embeddings: 512,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
    initializer_range: 0.02,
    pad_token_id: 0,
    tie_word_embeddings: true,
  },
  fixed: {
    is_decoder: false,
    add_cross_attention: false,
    is_encoder_decoder: false,
    position_embedding_type: 'absolute',
    chunk_size_feed_forward: 0,
    problem_type: 'single_label_classification',
    quantization_config: null,
    pruned_heads: null,
  },
  derived: (json) => ({
    architecture: Array.isArray(json['architectures']) ? json['architectures'][0] : undefined,
    labels: labelsOf(json),
  }),
};

/** id2label in order of its ids, or as many of transformers' names as num_labels says; two where neither is said. */
export function labelsOf(json: JsonRecord): readonly unknown[] | undefined {
  const named = json['id2label'];
  if (isRecord(named)) return Object.keys(named).map((_, index) => named[String(index)]);
  const count = json['num_labels'];
  return typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= 10_000
    ? Array.from({ length: count }, (_, index) => `LABEL_${index}`)
    : undefined;
}

/** id2label and label2id, where the head has labels. */
export function labelFields(labels: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    id2label: Object.fromEntries(labels.map((label, index) => [String(index), label])),
    label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
  };
}

const WORDS = 'bert.embeddings.word_embeddings.weight';

export function bertFiles({ architecture, labels, ...config }: BertConfig): ModelFiles {
  const classifies = architecture === 'BertForSequenceClassification' || architecture === 'BertForTokenClassification';
  const tied = architecture === 'BertForMaskedLM';
  return {
    configJson: {
      ...config,
      ...(classifies ? labelFields(labels) : {}),
      architectures: [architecture],
      add_cross_attention: false,
      bos_token_id: null,
      dtype: 'float32',
      eos_token_id: null,
      is_decoder: false,
      use_cache: true,
    },
    // The first checkpoints were TensorFlow's, whose norms have gamma and beta.
    parameterName: (name) => {
      const renamed = name
        .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
        .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
      return /^(bert|cls|classifier|qa_outputs)\./.test(renamed) ? renamed : `bert.${renamed}`;
    },
    repeated: tied
      ? new Map([
          ...(config.tie_word_embeddings ? [['cls.predictions.decoder.weight', WORDS] as const] : []),
          ['cls.predictions.decoder.bias', 'cls.predictions.bias'],
        ])
      : new Map(),
    weightLayout: "[out, in], as PyTorch's Linear has it",
    // What pre-training left behind and this head does not read: transformers leaves it out too.
    ignored: (name) =>
      name.endsWith('embeddings.position_ids') ||
      name.startsWith('cls.seq_relationship.') ||
      (!tied && name.startsWith('cls.')) ||
      (architecture !== 'BertForSequenceClassification' && /(^|\.)pooler\.dense\./.test(name)),
  };
}

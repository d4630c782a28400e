// BERT's files as transformers has them: which fields of config.json are read, what stands in them, and how checkpoints name their tensors. Pure.

import { type BertConfig, bertArchitectures, bertConfigSchema, bertEncoder } from '../core/models/bert';
import { bidirectionalFields, encoderFixed, encoderLayout, headFields, headOf, repeatedTensors } from './encoderFiles';
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
  fixed: { ...encoderFixed, position_embedding_type: 'absolute' },
  derived: headOf,
};

export function bertFiles(whole: BertConfig): ModelFiles {
  const { architecture, labels, ...config } = whole;
  const model = bertEncoder(whole);
  return {
    configJson: {
      ...config,
      ...headFields(architecture, model, labels),
      ...bidirectionalFields,
    },
    // The first checkpoints were TensorFlow's, whose norms have gamma and beta.
    parameterName: (name) => {
      const renamed = name
        .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
        .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
      return /^(bert|cls|classifier|qa_outputs)\./.test(renamed) ? renamed : `bert.${renamed}`;
    },
    repeated: repeatedTensors(model),
    weightLayout: encoderLayout,
    // What pre-training left behind and this head does not read: transformers leaves it out too.
    ignored: (name) =>
      name.endsWith('embeddings.position_ids') ||
      name.startsWith('cls.seq_relationship.') ||
      (model.task !== 'masked-lm' && name.startsWith('cls.')) ||
      (model.task !== 'sequence-classification' && /(^|\.)pooler\.dense\./.test(name)),
  };
}

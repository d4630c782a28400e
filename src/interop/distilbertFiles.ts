// DistilBERT's files as transformers has them: which fields of config.json are read, what stands in them, and how checkpoints name their tensors. Pure.

import {
  type DistilBertConfig,
  distilbertArchitectures,
  distilbertConfigSchema,
  distilbertEncoder,
} from '../core/models/distilbert';
import { encoderFixed, encoderLayout, headFields, headOf, repeatedTensors } from './encoderFiles';
import type { ConfigRules, ModelFiles } from './modelFiles';

export const distilbertConfigRules: ConfigRules = {
  architectures: distilbertArchitectures,
  headed: true,
  fields: distilbertConfigSchema.entries,
  defaults: {
    vocab_size: 30_522,
    dim: 768,
    n_layers: 6,
    n_heads: 12,
    hidden_dim: 3072,
    activation: 'gelu',
    dropout: 0.1,
    attention_dropout: 0.1,
    qa_dropout: 0.1,
    seq_classif_dropout: 0.2,
    max_position_embeddings: 512,
    initializer_range: 0.02,
    pad_token_id: 0,
    tie_word_embeddings: true,
  },
  // Positions that are sines are not trained: the lab trains the table.
  fixed: { ...encoderFixed, sinusoidal_pos_embds: false },
  derived: headOf,
};

export function distilbertFiles(whole: DistilBertConfig): ModelFiles {
  const { architecture, labels, ...config } = whole;
  const model = distilbertEncoder(whole);
  return {
    configJson: {
      ...config,
      ...headFields(architecture, model, labels),
      dtype: 'float32',
      sinusoidal_pos_embds: false,
    },
    parameterName: (name) =>
      /^(distilbert|vocab_transform|vocab_layer_norm|vocab_projector|pre_classifier|classifier|qa_outputs)\./.test(name)
        ? name
        : `distilbert.${name}`,
    repeated: repeatedTensors(model),
    weightLayout: encoderLayout,
    // What pre-training left behind and this head does not read: transformers leaves it out too.
    ignored: (name) =>
      name.endsWith('embeddings.position_ids') ||
      (model.task !== 'masked-lm' && /^vocab_(transform|layer_norm|projector)\./.test(name)),
  };
}

// RoBERTa's files as transformers has them: which fields of config.json are read, what stands in them, and how checkpoints name their tensors. Pure.

import { type RobertaConfig, robertaArchitectures, robertaConfigSchema, robertaEncoder } from '../core/models/roberta';
import { bertConfigRules } from './bertFiles';
import { bidirectionalFields, encoderFixed, encoderLayout, headFields, headOf, repeatedTensors } from './encoderFiles';
import type { ConfigRules, ModelFiles } from './modelFiles';

export const robertaConfigRules: ConfigRules = {
  architectures: robertaArchitectures,
  headed: true,
  fields: robertaConfigSchema.entries,
  defaults: { ...bertConfigRules.defaults, vocab_size: 50_265, pad_token_id: 1 },
  fixed: { ...encoderFixed, position_embedding_type: 'absolute' },
  derived: headOf,
};

export function robertaFiles(whole: RobertaConfig): ModelFiles {
  const { architecture, labels, ...config } = whole;
  const model = robertaEncoder(whole);
  return {
    configJson: {
      ...config,
      ...headFields(architecture, model, labels),
      ...bidirectionalFields,
    },
    parameterName: (name) => (/^(roberta|lm_head|classifier|qa_outputs)\./.test(name) ? name : `roberta.${name}`),
    repeated: repeatedTensors(model),
    weightLayout: encoderLayout,
    // What pre-training left behind and this head does not read; no head of RoBERTa's has a pooler.
    ignored: (name) =>
      name.endsWith('embeddings.position_ids') ||
      (model.task !== 'masked-lm' && name.startsWith('lm_head.')) ||
      /(^|\.)pooler\.dense\./.test(name),
  };
}

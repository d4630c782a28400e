// RoBERTa's configuration as transformers' RobertaConfig names it: BERT's fields, positions that count from behind the padding's, other heads.
// Pure data.

import * as v from 'valibot';
import { bertEncoder, bertEntries, bertSizes } from './bert';
import type { EncoderModel } from './encoderModel';
import type { FieldConflict, ModelSizes } from './modelSizes';
import { finite, integer } from './schemaParts';

export const robertaArchitectures = [
  'RobertaForMaskedLM',
  'RobertaForSequenceClassification',
  'RobertaForTokenClassification',
  'RobertaForQuestionAnswering',
] as const;

export const robertaConfigSchema = v.object({
  model_type: v.literal('roberta'),
  architecture: v.optional(v.picklist(robertaArchitectures), 'RobertaForMaskedLM'),
  ...bertEntries,
  /** Rows of the table: a text has those behind the padding's. */
  max_position_embeddings: v.optional(integer(2, 65_536), 65),
  type_vocab_size: v.optional(integer(1, 64), 1),
  layer_norm_eps: v.optional(finite(0, 1), 1e-5),
  /** Positions count from behind it. */
  pad_token_id: v.optional(integer(0, 65_534), 0),
});
export type RobertaConfig = v.InferOutput<typeof robertaConfigSchema>;

export function robertaSizes(config: RobertaConfig): ModelSizes {
  const { pad_token_id: padding, max_position_embeddings: rows } = config;
  return { ...bertSizes(config), positions: Math.max(1, rows - padding - 1), paddingPosition: padding };
}

export function robertaConflict(config: RobertaConfig): FieldConflict | null {
  const { pad_token_id: padding, max_position_embeddings: got } = config;
  const fitting = padding + 2;
  if (got >= fitting) return null;
  const rule = (section: string): string =>
    `at least ${section}pad_token_id + 2 = ${fitting}: positions begin behind it`;
  return { field: 'max_position_embeddings', got, rule, fitting };
}

export function robertaEncoder(config: RobertaConfig): EncoderModel {
  const bert = bertEncoder(config, 'roberta');
  return {
    ...bert,
    sizes: robertaSizes(config),
    // transformers' RobertaLMHead has no other.
    transformActivation: 'gelu',
    pools: false,
    dropout: { ...bert.dropout, first: bert.dropout.sequence },
    names: {
      ...bert.names,
      transform: 'lm_head.dense',
      transformNorm: 'lm_head.layer_norm',
      decoder: 'lm_head.decoder',
      decoderBias: 'lm_head.bias',
      ...(config.architecture === 'RobertaForSequenceClassification'
        ? { first: 'classifier.dense', classifier: 'classifier.out_proj' }
        : {}),
    },
  };
}

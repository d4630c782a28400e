// What the folders of encoders are alike in: the class that names the head, labels, and the values of config.json that the lab computes. Pure.

import type { EncoderModel } from '../core/models/encoderModel';
import { isRecord, type JsonRecord } from './jsonRecord';
import type { ModelFiles } from './modelFiles';

/** Fields that change the maths of every encoder. */
export const encoderFixed = {
  is_decoder: false,
  add_cross_attention: false,
  is_encoder_decoder: false,
  chunk_size_feed_forward: 0,
  problem_type: 'single_label_classification',
  quantization_config: null,
  pruned_heads: null,
} as const;

/** The lab's fields that config.json has as lists. */
export function headOf(json: JsonRecord): Readonly<Record<string, unknown>> {
  return {
    architecture: Array.isArray(json['architectures']) ? json['architectures'][0] : undefined,
    labels: labelsOf(json),
  };
}

/** id2label in order of its ids, or as many of transformers' names as num_labels says; two where neither is said. */
function labelsOf(json: JsonRecord): readonly unknown[] | undefined {
  const named = json['id2label'];
  if (isRecord(named)) return Object.keys(named).map((_, index) => named[String(index)]);
  const count = json['num_labels'];
  return typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= 10_000
    ? Array.from({ length: count }, (_, index) => `LABEL_${index}`)
    : undefined;
}

/** id2label and label2id, where the head has labels. */
function labelFields(labels: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    id2label: Object.fromEntries(labels.map((label, index) => [String(index), label])),
    label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
  };
}

/** config.json's fields for the head: its class, and the labels where it has some. */
export function headFields(
  architecture: string,
  { task }: EncoderModel,
  labels: readonly string[],
): Readonly<Record<string, unknown>> {
  const classifies = task === 'sequence-classification' || task === 'token-classification';
  return { ...(classifies ? labelFields(labels) : {}), architectures: [architecture] };
}

/** What config.json of BERT and RoBERTa has beside the lab's own fields: the values that `encoderFixed` demands, and none for tokens that they lack. */
export const bidirectionalFields = {
  add_cross_attention: false,
  bos_token_id: null,
  dtype: 'float32',
  eos_token_id: null,
  is_decoder: false,
  use_cache: true,
} as const;

/** Of a masked-language head, what a checkpoint may save twice. */
export function repeatedTensors({ task, tied, names }: EncoderModel): ModelFiles['repeated'] {
  if (task !== 'masked-lm') return new Map();
  const bias = `${names.decoder}.bias`;
  return new Map([
    ...(tied ? [[`${names.decoder}.weight`, `${names.embeddings}.word_embeddings.weight`] as const] : []),
    ...(bias === names.decoderBias ? [] : [[bias, names.decoderBias] as const]),
  ]);
}

export const encoderLayout = "[out, in], as PyTorch's Linear has it";

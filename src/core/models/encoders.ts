// The families that read whole sequences, each as the one form that they share. A family of this kind is added here and in modelConfig.ts. Pure.

import { type BertConfig, bertEncoder } from './bert';
import { type DistilBertConfig, distilbertEncoder } from './distilbert';
import type { EncoderModel } from './encoderModel';
import { type RobertaConfig, robertaEncoder } from './roberta';

export type EncoderConfig = BertConfig | DistilBertConfig | RobertaConfig;

export function encoderModel(config: EncoderConfig): EncoderModel {
  switch (config.model_type) {
    case 'bert':
      return bertEncoder(config);
    case 'distilbert':
      return distilbertEncoder(config);
    case 'roberta':
      return robertaEncoder(config);
  }
}

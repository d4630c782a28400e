// All operations that a model may apply. The mapped type is the proof: an operation without shape rule, forward and backward (or a stated
// reason for none) does not compile.

import type { Operation } from '../operation';
import { attention, type AttentionTypes } from './attention';
import { crossEntropy, type CrossEntropyTypes } from './crossEntropy';
import { dropout, type DropoutTypes } from './dropout';
import { embedding, type EmbeddingTypes } from './embedding';
import { gatherRow, type GatherRowTypes } from './gatherRow';
import { layerNorm, type LayerNormTypes } from './layerNorm';
import { linear, type LinearTypes } from './linear';
import { rmsNorm, type RmsNormTypes } from './rmsNorm';

interface OperationTypesByName {
  readonly attention: AttentionTypes;
  readonly crossEntropy: CrossEntropyTypes;
  readonly dropout: DropoutTypes;
  readonly embedding: EmbeddingTypes;
  readonly gatherRow: GatherRowTypes;
  readonly layerNorm: LayerNormTypes;
  readonly linear: LinearTypes;
  readonly rmsNorm: RmsNormTypes;
}

export type OperationName = keyof OperationTypesByName;
export type OperationTypeOf<K extends OperationName> = OperationTypesByName[K];

export const operations: { readonly [K in OperationName]: Operation<OperationTypesByName[K]> } = {
  attention,
  crossEntropy,
  dropout,
  embedding,
  gatherRow,
  layerNorm,
  linear,
  rmsNorm,
};

// All operations that a model may apply. The mapped type is the proof: an operation without shape rule, forward and backward (or a stated
// reason for none) does not compile.

import type { Operation } from '../operation';
import { type AcceptDraftTypes, acceptDraft } from './acceptDraft';
import { type ActivationTypes, activation } from './activation';
import { type AddTypes, add } from './add';
import { type AddColumnsTypes, addColumns } from './addColumns';
import { type AllGatherTypes, allGather } from './allGather';
import { type AppendKeyValueTypes, appendKeyValue } from './appendKeyValue';
import { type AttentionTypes, attention } from './attention';
import { type BiasResidualTypes, biasResidual } from './biasResidual';
import { type CachedAttentionTypes, cachedAttention } from './cachedAttention';
import { type CrossEntropyTypes, crossEntropy } from './crossEntropy';
import { type CrossEntropyMergeTypes, crossEntropyMerge } from './crossEntropyMerge';
import { type CrossEntropyStatisticsTypes, crossEntropyStatistics } from './crossEntropyStatistics';
import { type DistillationLossTypes, distillationLoss } from './distillationLoss';
import { type DropoutTypes, dropout } from './dropout';
import { type EmbeddingTypes, embedding } from './embedding';
import { type EmbeddingAtTypes, embeddingAt } from './embeddingAt';
import { type FirstRowsTypes, firstRows } from './firstRows';
import { type GatherRowTypes, gatherRow } from './gatherRow';
import { type HeadNormTypes, headNorm } from './headNorm';
import { type LayerNormTypes, layerNorm } from './layerNorm';
import { type LinearTypes, linear } from './linear';
import { type PositionsTypes, positions } from './positions';
import { type ReduceScatterTypes, reduceScatter } from './reduceScatter';
import { type RmsNormTypes, rmsNorm } from './rmsNorm';
import { type RopeTypes, rope } from './rope';
import { type SampleTokenTypes, sampleToken } from './sampleToken';
import { type SoftmaxTypes, softmax } from './softmax';
import { type SwigluTypes, swiglu } from './swiglu';
import { type TopTokensTypes, topTokens } from './topTokens';
import { type TransposeTypes, transpose } from './transpose';
import { type VocabularyEmbeddingTypes, vocabularyEmbedding } from './vocabularyEmbedding';

interface OperationTypesByName {
  readonly acceptDraft: AcceptDraftTypes;
  readonly activation: ActivationTypes;
  readonly add: AddTypes;
  readonly addColumns: AddColumnsTypes;
  readonly allGather: AllGatherTypes;
  readonly appendKeyValue: AppendKeyValueTypes;
  readonly attention: AttentionTypes;
  readonly biasResidual: BiasResidualTypes;
  readonly cachedAttention: CachedAttentionTypes;
  readonly crossEntropy: CrossEntropyTypes;
  readonly crossEntropyMerge: CrossEntropyMergeTypes;
  readonly crossEntropyStatistics: CrossEntropyStatisticsTypes;
  readonly distillationLoss: DistillationLossTypes;
  readonly dropout: DropoutTypes;
  readonly embedding: EmbeddingTypes;
  readonly embeddingAt: EmbeddingAtTypes;
  readonly firstRows: FirstRowsTypes;
  readonly gatherRow: GatherRowTypes;
  readonly headNorm: HeadNormTypes;
  readonly layerNorm: LayerNormTypes;
  readonly linear: LinearTypes;
  readonly positions: PositionsTypes;
  readonly reduceScatter: ReduceScatterTypes;
  readonly rmsNorm: RmsNormTypes;
  readonly rope: RopeTypes;
  readonly sampleToken: SampleTokenTypes;
  readonly softmax: SoftmaxTypes;
  readonly swiglu: SwigluTypes;
  readonly topTokens: TopTokensTypes;
  readonly transpose: TransposeTypes;
  readonly vocabularyEmbedding: VocabularyEmbeddingTypes;
}

export type OperationName = keyof OperationTypesByName;
/** Operations that are exchanges between ranks: no rank can run them alone. */
export const exchangeNames = ['allGather', 'reduceScatter'] as const;
export type ExchangeName = (typeof exchangeNames)[number];
export type OperationTypeOf<K extends OperationName> = OperationTypesByName[K];

export const operations: { readonly [K in OperationName]: Operation<OperationTypesByName[K]> } = {
  acceptDraft,
  activation,
  add,
  addColumns,
  allGather,
  appendKeyValue,
  attention,
  biasResidual,
  cachedAttention,
  crossEntropy,
  crossEntropyMerge,
  crossEntropyStatistics,
  distillationLoss,
  dropout,
  embedding,
  embeddingAt,
  firstRows,
  gatherRow,
  headNorm,
  layerNorm,
  linear,
  positions,
  reduceScatter,
  rmsNorm,
  rope,
  sampleToken,
  softmax,
  swiglu,
  topTokens,
  transpose,
  vocabularyEmbedding,
};

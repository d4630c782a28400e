// The cases of every registered operation. The mapped type is the proof that none is left out. Test-only.

import type { ExchangeName, OperationName } from '../../gpu/ops/registry';
import { attentionCases } from './attentionCases';
import { dropoutCases } from './dropoutCases';
import { embeddingCases, gatherRowCases, positionsCases, vocabularyEmbeddingCases } from './embeddingCases';
import {
  acceptDraftCases,
  appendKeyValueCases,
  cachedAttentionCases,
  embeddingAtCases,
  sampleTokenCases,
} from './generationCases';
import { topTokensCases } from './insideCases';
import { linearCases } from './linearCases';
import {
  crossEntropyCases,
  crossEntropyMergeCases,
  crossEntropyStatisticsCases,
  distillationLossCases,
  softmaxCases,
} from './lossCases';
import { headNormCases, normCases } from './normCases';
import { type OperationCase, SIZES } from './operationCase';
import { activationCases, addCases, addColumnsCases, biasResidualCases, swigluCases } from './pointwiseCases';
import { ropeCases } from './ropeCases';
import { firstRowsCases, transposeCases } from './rowMoveCases';

/** Exchanges between ranks are tested on meshes. */
export const operationCases: { readonly [K in Exclude<OperationName, ExchangeName>]: readonly OperationCase[] } = {
  activation: SIZES.flatMap(activationCases),
  add: SIZES.flatMap(addCases),
  addColumns: SIZES.flatMap(addColumnsCases),
  appendKeyValue: appendKeyValueCases(),
  attention: attentionCases(),
  biasResidual: SIZES.flatMap(biasResidualCases),
  cachedAttention: cachedAttentionCases(),
  crossEntropy: SIZES.map(crossEntropyCases),
  crossEntropyMerge: SIZES.flatMap(crossEntropyMergeCases),
  crossEntropyStatistics: SIZES.flatMap(crossEntropyStatisticsCases),
  distillationLoss: SIZES.map(distillationLossCases),
  dropout: SIZES.flatMap(dropoutCases),
  embedding: SIZES.map(embeddingCases),
  embeddingAt: SIZES.map(embeddingAtCases),
  firstRows: SIZES.flatMap(firstRowsCases),
  gatherRow: SIZES.map(gatherRowCases),
  headNorm: headNormCases(),
  layerNorm: SIZES.map((size) => normCases(size, 'layerNorm')),
  linear: SIZES.flatMap(linearCases),
  positions: SIZES.flatMap(positionsCases),
  rmsNorm: SIZES.map((size) => normCases(size, 'rmsNorm')),
  rope: ropeCases(),
  sampleToken: sampleTokenCases(),
  acceptDraft: acceptDraftCases(),
  softmax: SIZES.map(softmaxCases),
  swiglu: SIZES.map(swigluCases),
  topTokens: topTokensCases(),
  transpose: SIZES.map(transposeCases),
  vocabularyEmbedding: SIZES.flatMap(vocabularyEmbeddingCases),
};

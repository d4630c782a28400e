// What of the model and of a micro-batch one rank works on: widths divided over tp, tokens over context parallelism. Pure arithmetic.

import type { ClusterPlan } from './clusterPlan';
import { countParameters } from './transformerShape';

export interface LocalSizes {
  /** Sequences of a micro-batch. */
  readonly rows: number;
  /** Of a micro-batch. */
  readonly tokens: number;
  /** Of those, what the rank holds between products where the stream is divided over tp. */
  readonly ownTokens: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Of all heads of the rank together. */
  readonly queryWidth: number;
  readonly keyWidth: number;
  readonly innerWidth: number;
  readonly vocabulary: number;
  /** Keys that a query sees, in the mean. */
  readonly seen: number;
  /** Values stored on the rank before any sharding over dp. */
  readonly layerWeights: number;
  readonly embeddingWeights: number;
  readonly headWeights: number;
  /** Of a layer, what tensor-parallel ranks hold in common. */
  readonly normWeights: number;
}

export function localSizes({
  model,
  mesh,
  microBatchRows: rows,
  sequenceLength,
  contextParallel,
  sequenceParallel,
}: ClusterPlan): LocalSizes {
  const { tp } = mesh;
  const tokens = (rows * sequenceLength) / contextParallel;
  const heads = model.heads / tp;
  const keyValueHeads = Math.max(1, model.keyValueHeads / tp);
  const { embedding, attention, inner, norms, finalNorm, head } = countParameters(model);
  return {
    rows,
    tokens,
    ownTokens: sequenceParallel ? tokens / tp : tokens,
    heads,
    keyValueHeads,
    queryWidth: heads * model.headDim,
    keyWidth: keyValueHeads * model.headDim,
    innerWidth: model.innerWidth / tp,
    vocabulary: model.vocabulary / tp,
    seen: sequenceLength * (model.causal ? 0.5 : 1),
    layerWeights: (attention + inner) / tp + norms,
    embeddingWeights: embedding / tp,
    headWeights: (model.tied ? (model.vocabulary * model.width) / tp : 0) + head / tp + finalNorm,
    normWeights: norms,
  };
}

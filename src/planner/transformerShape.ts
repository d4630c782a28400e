// What the planner knows of a transformer: the numbers that its parameters, operations and activations follow from. It knows no weights and no
// file format; hfConfig.ts reads one from a Hugging Face config.json.

/** A dense transformer in the words of the design: C width, H heads, D values a head, F inner width, V vocabulary, L layers. */
export interface TransformerShape {
  /** As a person would say it: `Llama 3.1 70B`. */
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Fewer than `heads` where keys and values are shared (Ainslie et al. 2023). */
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly innerWidth: number;
  /** Three matrices in the feed-forward part instead of two (Shazeer 2020). */
  readonly gated: boolean;
  readonly vocabulary: number;
  /** The head is the embedding. */
  readonly tied: boolean;
  /** Learned positions; 0 where positions are rotated in. */
  readonly positions: number;
  /** A norm has a bias (LayerNorm) or not (RMSNorm). */
  readonly normBias: boolean;
  /** On queries, keys and values. */
  readonly attentionBias: boolean;
  readonly attentionOutputBias: boolean;
  readonly innerBias: boolean;
  /** Each head's queries and keys are normed. */
  readonly headNorms: boolean;
  readonly normsPerLayer: number;
  /** A norm after the last layer. */
  readonly finalNorm: boolean;
  /** Rows of further embeddings that are added to a token's, as BERT's token types; 0: none. */
  readonly extraEmbeddings: number;
  readonly embeddingNorm: boolean;
  /** The head first multiplies by a C x C matrix with bias and norms (BERT's masked-token head). */
  readonly headTransform: boolean;
  readonly headBias: boolean;
  /** False for encoders: every token sees every other. */
  readonly causal: boolean;
}

/** Values that each part stores; a tied head is counted once, in the embedding. */
export interface ParameterCounts {
  readonly embedding: number;
  /** One layer. */
  readonly attention: number;
  readonly inner: number;
  readonly norms: number;
  /** The norm before the head. */
  readonly finalNorm: number;
  /** Of a tied one, what is not the embedding. */
  readonly head: number;
}

export function countParameters(shape: TransformerShape): ParameterCounts {
  const { width: C, heads: H, keyValueHeads: K, headDim: D, innerWidth: F, vocabulary: V } = shape;
  const norm = shape.normBias ? 2 * C : C;
  const inputBias = shape.attentionBias ? H * D + 2 * K * D : 0;
  const outputBias = shape.attentionOutputBias ? C : 0;
  const matrices = shape.gated ? 3 : 2;
  const transform = shape.headTransform ? C * C + C + norm : 0;
  return {
    embedding: (V + shape.positions + shape.extraEmbeddings) * C + (shape.embeddingNorm ? norm : 0),
    attention: 2 * C * H * D + 2 * C * K * D + inputBias + outputBias,
    inner: matrices * C * F + (shape.innerBias ? (matrices - 1) * F + C : 0),
    norms: shape.normsPerLayer * norm + (shape.headNorms ? 2 * D : 0),
    finalNorm: shape.finalNorm ? norm : 0,
    head: transform + (shape.tied ? 0 : V * C) + (shape.headBias ? V : 0),
  };
}

export function totalParameters(shape: TransformerShape): number {
  const { embedding, attention, inner, norms, finalNorm, head } = countParameters(shape);
  return embedding + shape.layers * (attention + inner + norms) + finalNorm + head;
}

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
  readonly attentionBias: boolean;
  readonly innerBias: boolean;
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
  /** 0 where it is tied. */
  readonly head: number;
}

export function countParameters(shape: TransformerShape): ParameterCounts {
  const { width: C, heads: H, keyValueHeads: K, headDim: D, innerWidth: F, vocabulary: V } = shape;
  const norm = shape.normBias ? 2 * C : C;
  const attention = C * H * D + 2 * C * K * D + H * D * C + (shape.attentionBias ? H * D + 2 * K * D + C : 0);
  const matrices = shape.gated ? 3 : 2;
  const inner = matrices * C * F + (shape.innerBias ? (matrices - 1) * F + C : 0);
  return {
    embedding: (V + shape.positions) * C,
    attention,
    inner,
    norms: 2 * norm,
    finalNorm: norm,
    head: shape.tied ? 0 : V * C,
  };
}

export function totalParameters(shape: TransformerShape): number {
  const { embedding, attention, inner, norms, finalNorm, head } = countParameters(shape);
  return embedding + shape.layers * (attention + inner + norms) + finalNorm + head;
}

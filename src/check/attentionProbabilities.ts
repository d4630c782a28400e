// Attention weights from what the flash kernels keep: P_ij = exp(scale q_i k_j - lse_i) (Dao et al. 2022, section 3.1). For checks only:
// it makes the T x T matrix that the kernels avoid.

export interface AttentionShape {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Keys that a token sees, itself and those before it; all of them where undefined. */
  readonly window: number | undefined;
}

/**
 * @param qkv [B*T, (heads + 2 kvHeads) * D] as attention reads it
 * @param lse [B*H*T] as the forward kernel wrote it
 * @returns [B, H, T, T], zero above the diagonal and before the window
 */
export function attentionProbabilities(
  qkv: Float32Array,
  lse: Float32Array,
  { batch, tokens, heads, kvHeads, headDim, window = tokens }: AttentionShape,
): Float32Array {
  const out = new Float32Array(batch * heads * tokens * tokens);
  const row = (heads + 2 * kvHeads) * headDim;
  const scale = 1 / Math.sqrt(headDim);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < tokens; i++) {
        const at = (b * heads + h) * tokens + i;
        const q = (b * tokens + i) * row + h * headDim;
        for (let j = Math.max(0, i + 1 - window); j <= i; j++) {
          const k = (b * tokens + j) * row + (heads + Math.floor((h * kvHeads) / heads)) * headDim;
          let dot = 0;
          for (let d = 0; d < headDim; d++) dot += qkv[q + d] * qkv[k + d];
          out[at * tokens + j] = Math.exp(scale * dot - lse[at]);
        }
      }
    }
  }
  return out;
}

// Attention weights from what the flash kernels keep: P_ij = exp(scale q_i k_j - lse_i) (Dao et al. 2022, section 3.1). For looking and
// checking only: it makes the T x T matrix that the kernels avoid.

export interface AttentionShape {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly causal: boolean;
  /** Where causal: keys that a token sees, itself and those before it; all of them where undefined. */
  readonly window: number | undefined;
  /** [B*T]: 0 where the key is padding; none is where it is left out. */
  readonly mask?: Int32Array;
}

/**
 * @param qkv [B*T, (heads + 2 kvHeads) * D] as attention reads it
 * @param lse [B*H*T] as the forward kernel wrote it
 * @returns [B, H, T, T], zero where a key is hidden; every row must see one
 */
export function attentionProbabilities(
  qkv: Float32Array,
  lse: Float32Array,
  { batch, tokens, heads, kvHeads, headDim, causal, window = tokens, mask }: AttentionShape,
): Float32Array {
  const out = new Float32Array(batch * heads * tokens * tokens);
  const row = (heads + 2 * kvHeads) * headDim;
  const scale = 1 / Math.sqrt(headDim);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < tokens; i++) {
        const at = (b * heads + h) * tokens + i;
        const q = (b * tokens + i) * row + h * headDim;
        for (let j = causal ? Math.max(0, i + 1 - window) : 0; j < (causal ? i + 1 : tokens); j++) {
          if (mask?.[b * tokens + j] === 0) continue;
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

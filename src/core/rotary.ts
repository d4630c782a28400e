// What rotary positions are made with, as models, kernels and their float64 twin take it. Pure data.

/** How fast the pairs of a head turn: pair d by theta^(-2d/headDim) radians a token (Su et al. 2021), then slowed as `scaling` says. */
export interface RotaryFrequencies {
  readonly theta: number;
  /** transformers' rope_type `linear` or, with bands, `llama3`; none where it is left out. */
  readonly scaling?: RotaryScaling;
}

export interface RotaryScaling {
  /** What frequencies are divided by. */
  readonly factor: number;
  /**
   * Only pairs that turn fewer than `low` times within `positions` tokens are divided, those that turn more than `high` times are not, and
   * between the two it goes smoothly (transformers, modeling_rope_utils: low_freq_factor, high_freq_factor, original_max_position_embeddings).
   */
  readonly bands?: { readonly low: number; readonly high: number; readonly positions: number };
}

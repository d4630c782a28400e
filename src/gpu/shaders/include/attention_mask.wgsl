// A padding mask of the keys, for where all rows see the same ones. Flag of the include: BINDING.
//
// Padding scores PADDED, which vanishes beside any real score, and stays above HIDDEN: a row that sees nothing but padding spreads its
// weight evenly over all tokens, as with transformers' large negative bias, and its lse is finite.
const PADDED = -5.0e37;

/// [B*T]: 0 where the key is padding.
@group(0) @binding({{BINDING}}) var<storage, read> mask: array<u32>;

// False for padding; a key past the tokens is not the mask's to hide.
fn is_open(batch_row: u32, key: u32) -> bool {
  // `|`: a branch for each score of a tile takes a software adapter minutes to compile.
  return (key >= params.tokens) | (mask[batch_row + min(key, params.tokens - 1u)] != 0u);
}

// log2 of the probability of padding, in a row of this lse in units of log 2.
fn padded_exponent(row_lse: f32) -> f32 {
  return select(HIDDEN, -log2(f32(params.tokens)), row_lse < 0.5 * PADDED);
}

// Where in its text a row stands: rows are [B, T], each sequence goes on from a place of its own, all move on together by the step block.
// Needs params.tokens (T) and a binding first_positions, u32 [B].
#include "step.wgsl"
fn text_position(row: u32) -> u32 {
  return first_positions[row / params.tokens] + step.position + row % params.tokens;
}

// Rows of activations in 8 bits: codes = round(x / scale), scale = the row's largest magnitude / 127 (0 for a row of zeros), four codes a word in
// the layout of src/core/quantization/scheme.ts, padding included. A row that is not finite gets the scale NaN, so that its products say so.
// LANES threads share a row. Source: dynamic quantisation as in Dettmers et al. 2022, section 2.1 (absmax).
#include "flat.wgsl"
struct Params {
  rows: u32,
  columns: u32,
  /// Words of a row.
  words: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> row_scales: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;
override WORKGROUP: u32 = 1;
const LANE_STRIDE = 1u;
/// Bits of the largest magnitude: they are ordered as the numbers are, and a number that is not finite stays the largest.
alias Reduced = u32;
fn combine(a: Reduced, b: Reduced) -> Reduced { return max(a, b); }
#include "reduce.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = flat_group(group, groups);
  if (row >= params.rows) { return; }
  var largest = 0u;
  for (var i = t; i < params.columns; i += LANES) {
    largest = max(largest, bitcast<u32>(x[row * params.columns + i]) & 0x7fffffffu);
  }
  largest = reduce_lanes(largest, t);
  let magnitude = bitcast<f32>(largest);
  let inverse = select(0.0, 127.0 / magnitude, largest > 0u);
  for (var word = t; word < params.words; word += LANES) {
    var packed = 0u;
    for (var e = 0u; e < 4u; e++) {
      let column = 4u * word + e;
      if (column < params.columns) {
        let code = clamp(i32(round(x[row * params.columns + column] * inverse)), -127, 127);
        packed |= (bitcast<u32>(code) & 0xffu) << (8u * e);
      }
    }
    codes[row * params.words + word] = packed;
  }
  if (t == 0u) {
    // As bits: a compiler may take it that no float is NaN.
    row_scales[row] = select(bitcast<u32>(magnitude / 127.0), 0x7fc00000u, largest >= 0x7f800000u);
  }
}

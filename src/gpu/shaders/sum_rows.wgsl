// out[params.offset] (+)= sum of row_loss [N], in a fixed order: the loss of a micro-batch. One workgroup.
// Flags LANES (= WORKGROUP), ACCUMULATE (+= instead of =), SCALE (times step.inverse_tokens).
#include "sum.wgsl"
#if SCALE
#include "step.wgsl"
#endif
struct Params {
  count: u32,
  /// Where in `out`.
  offset: u32,
}
@group(0) @binding(0) var<storage, read> row_loss: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

const WORKGROUP = {{LANES}}u;
const LANE_STRIDE = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  // Four running sums a thread: shorter chains round less and wait less.
  var sums = vec4f(0.0);
  var i = local;
  while (i + 3u * LANES < params.count) {
    sums += vec4f(row_loss[i], row_loss[i + LANES], row_loss[i + 2u * LANES], row_loss[i + 3u * LANES]);
    i += 4u * LANES;
  }
  while (i < params.count) {
    sums.x += row_loss[i];
    i += LANES;
  }
  let sum = reduce_lanes((sums.x + sums.y) + (sums.z + sums.w), local);
  if (local == 0u) {
#if SCALE
    let value = sum * step.inverse_tokens;
#else
    let value = sum;
#endif
#if ACCUMULATE
    out[params.offset] += value;
#else
    out[params.offset] = value;
#endif
  }
}

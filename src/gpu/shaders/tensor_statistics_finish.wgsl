// Combines tensor_statistics' parts: statistics = least, greatest, mean and root mean square of the finite values, all 0 where there are none;
// counts = zeros, non-finite values, then bins that tensor_histogram fills, cleared here. One workgroup; flag LANES (= WORKGROUP).
#include "tensor_part.wgsl"
struct Params {
  partials: u32,
  /// Elements of counts.
  counts: u32,
}
@group(0) @binding(0) var<storage, read> partial: array<Part>;
@group(0) @binding(1) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

const WORKGROUP = {{LANES}}u;
const LANE_STRIDE = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var mine = nothing();
  for (var i = local; i < params.partials; i += LANES) {
    mine = combine(mine, partial[i]);
  }
  let all = reduce_lanes(mine, local);
  for (var i = 2u + local; i < params.counts; i += LANES) {
    counts[i] = 0u;
  }
  if (local == 0u) {
    let finite = f32(max(1u, all.finite));
    var rms = sqrt(all.middle / finite);
    if (all.large > 0.0) {
      rms = sqrt(all.large / finite + all.middle / finite * 0x1p-80f * 0x1p-80f) * 0x1p+80f;
    }
    statistics[0] = select(0.0, all.low, all.finite > 0u);
    statistics[1] = select(0.0, all.high, all.finite > 0u);
    statistics[2] = all.sum / finite;
    statistics[3] = rms;
    counts[0] = all.zeros;
    counts[1] = all.non_finite;
  }
}

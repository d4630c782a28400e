// Parts of a tensor's statistics: partial [P], a team of LANES threads each. tensor_statistics_finish combines them. Flag LANES.
#include "flat.wgsl"
#include "tensor_part.wgsl"
struct Params {
  count: u32,
  /// Elements before the tensor in what is bound: bindings begin at multiples of 256 bytes, tensors need not.
  first: u32,
  partials: u32,
}
/// Bits, not floats: WGSL may assume that floats are finite.
@group(0) @binding(0) var<storage, read> watched: array<u32>;
@group(0) @binding(1) var<storage, read_write> partial: array<Part>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;

fn take(part: Part, bits: u32) -> Part {
  if ((bits & 0x7f800000u) == 0x7f800000u) {
    var broken = part;
    broken.non_finite += 1u;
    return broken;
  }
  let value = bitcast<f32>(bits);
  let is_large = abs(value) >= 0x1p+40f;
  let middle = select(value, 0.0, is_large);
  let large = select(0.0, value, is_large) * 0x1p-80f;
  return Part(
    min(part.low, value),
    max(part.high, value),
    part.sum + value,
    part.middle + middle * middle,
    part.large + large * large,
    part.zeros + select(0u, 1u, (bits & 0x7fffffffu) == 0u),
    part.non_finite,
    part.finite + 1u,
  );
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let part = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  var mine = nothing();
  if (part < params.partials) {
    for (var i = part * LANES + lane; i < params.count; i += params.partials * LANES) {
      mine = take(mine, watched[params.first + i]);
    }
  }
  let all = reduce_lanes(mine, local);
  if (part < params.partials && lane == 0u) {
    partial[part] = all;
  }
}

// Parts of the fingerprint of parameters by their bits: the rule of src/reference/checksum.ts, sum mod 2^32 of
// mix(bits ^ index * 0x9E3779B9), mix MurmurHash3's finaliser (Appleby 2008). Integer sums have no order. Flag LANES.
#include "flat.wgsl"
#include "sum_u32.wgsl"
struct Params {
  count: u32,
  /// Index of the first element in the whole.
  first_index: u32,
  partials: u32,
}
/// Bits, not floats: loading a float may change a denormal or a NaN.
@group(0) @binding(0) var<storage, read> parameters: array<u32>;
@group(0) @binding(1) var<storage, read_write> partial: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;

fn mix_bits(bits: u32) -> u32 {
  var x = bits;
  x = (x ^ (x >> 16u)) * 0x85ebca6bu;
  x = (x ^ (x >> 13u)) * 0xc2b2ae35u;
  return x ^ (x >> 16u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let part = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  var mine = 0u;
  if (part < params.partials) {
    for (var i = part * LANES + lane; i < params.count; i += params.partials * LANES) {
      mine += mix_bits(parameters[i] ^ ((params.first_index + i) * 0x9e3779b9u));
    }
  }
  let all = reduce_lanes(mine, local);
  if (part < params.partials && lane == 0u) {
    partial[part] = all;
  }
}

// out[0] = sum modulo 2^32 of checksum's parts. One workgroup; flag LANES (= WORKGROUP).
#include "sum_u32.wgsl"
struct Params {
  partials: u32,
}
@group(0) @binding(0) var<storage, read> partial: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

const WORKGROUP = {{LANES}}u;
const LANE_STRIDE = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var mine = 0u;
  for (var i = local; i < params.partials; i += LANES) {
    mine += partial[i];
  }
  let all = reduce_lanes(mine, local);
  if (local == 0u) {
    out[0] = all;
  }
}

// y = softmax(x) over the rows of [R, C]. Flags LANES, VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
#include "softmax.wgsl"
struct Params {
  rows: u32,
  columns: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> y: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let row = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  let packs = params.columns / PACK;
  let end = select(0u, packs, row < params.rows);
  let start = row * packs;
  var mine = vec2f(LOWEST, 0.0);
  for (var c = lane; c < end; c += LANES) {
    mine = take(mine, x[start + c]);
  }
  let all = reduce_lanes(mine, local);
  let scale = 1.0 / all.y;
  for (var c = lane; c < end; c += LANES) {
    y[start + c] = exp(x[start + c] - Pack(all.x)) * scale;
  }
}

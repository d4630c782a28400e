// d_x = y (d_y - sum(d_y y)) over the rows of [R, C], y the forward's result. Flags LANES, VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
#include "sum.wgsl"
struct Params {
  rows: u32,
  columns: u32,
}
@group(0) @binding(0) var<storage, read> d_y: array<Pack>;
@group(0) @binding(1) var<storage, read> y: array<Pack>;
@group(0) @binding(2) var<storage, read_write> d_x: array<Pack>;
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
  var mine = Pack(0.0);
  for (var c = lane; c < end; c += LANES) {
    mine += d_y[start + c] * y[start + c];
  }
  let sum = reduce_lanes(pack_sum(mine), local);
  for (var c = lane; c < end; c += LANES) {
    d_x[start + c] = y[start + c] * (d_y[start + c] - Pack(sum));
  }
}

// Layer norm (Ba, Kiros and Hinton 2016, eq. 4) or, with RMS, root-mean-square norm (Zhang and Sennrich 2019, eq. 4), row by row.
// x [R, C] -> y [R, C] and stats [R, 2] = (mean, 1 / sqrt(variance + epsilon)), the mean 0 with RMS. Flags LANES, VEC4, RMS,
// HEADS: the rows are heads of packed rows (include/norm_rows.wgsl), of which nothing else is read or written.
// Two passes for mean and variance: the one-pass form cancels.
#include "pack.wgsl"
#include "flat.wgsl"
#include "sum.wgsl"
struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
#if HEADS
  /// Of a packed row, those that are normed; a row of the norm is one of them.
  heads: u32,
  row_width: u32,
  first: u32,
#endif
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read> weight: array<Pack>;
#if RMS
@group(0) @binding(2) var<storage, read_write> y: array<Pack>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;
#else
@group(0) @binding(2) var<storage, read> bias: array<Pack>;
@group(0) @binding(3) var<storage, read_write> y: array<Pack>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2f>;
#endif
@group(1) @binding(0) var<uniform> params: Params;
#include "norm_rows.wgsl"

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let row = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  let live = row < params.rows;
  let packs = params.columns / PACK;
  // Teams past the last row run empty loops, so that they still meet the barriers.
  let end = select(0u, packs, live);
  let start = row_start(row);
  let columns = f32(params.columns);
#if RMS
  let mean = 0.0;
#else
  var total = Pack(0.0);
  for (var c = lane; c < end; c += LANES) {
    total += x[start + c];
  }
  let mean = reduce_lanes(pack_sum(total), local) / columns;
#endif
  var squares = Pack(0.0);
  for (var c = lane; c < end; c += LANES) {
    let d = x[start + c] - Pack(mean);
    squares += d * d;
  }
  let rstd = 1.0 / sqrt(reduce_lanes(pack_sum(squares), local) / columns + params.epsilon);
  for (var c = lane; c < end; c += LANES) {
#if RMS
    y[start + c] = x[start + c] * rstd * weight[c];
#else
    y[start + c] = (x[start + c] - Pack(mean)) * rstd * weight[c] + bias[c];
#endif
  }
  if (live && lane == 0u) {
    stats[row] = vec2f(mean, rstd);
  }
}

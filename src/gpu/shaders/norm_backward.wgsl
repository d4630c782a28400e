// Backward of norm_forward. With n = (x - mean) r and g = d_y weight: d_x = r (g - mean(g) - n mean(g n)); RMS lacks the mean(g) term.
// The columns' sums of d_y n (d_weight) and d_y (d_bias) go out as partial [P, 2 C], one line a group of rows; column_reduce adds
// them up. Flags LANES, VEC4, RMS, ACCUMULATE (d_x += instead of =), HOLD: packs of a row that each lane holds in registers,
// HEADS as in norm_forward.
// LANES 1: a thread is a group and walks its rows. LANES > 1: a workgroup is a group, each of its teams takes every TEAMS-th row.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  rows: u32,
  columns: u32,
  /// Rows that one team (LANES 1: one thread) takes.
  rows_per_team: u32,
#if HEADS
  /// Of a packed row, those that are normed; a row of the norm is one of them.
  heads: u32,
  row_width: u32,
  first: u32,
#endif
}
@group(0) @binding(0) var<storage, read> d_y: array<Pack>;
@group(0) @binding(1) var<storage, read> x: array<Pack>;
@group(0) @binding(2) var<storage, read> weight: array<Pack>;
@group(0) @binding(3) var<storage, read> stats: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> d_x: array<Pack>;
@group(0) @binding(5) var<storage, read_write> partial: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;
#include "norm_rows.wgsl"

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;
alias Reduced = vec2f;
fn combine(a: Reduced, b: Reduced) -> Reduced { return a + b; }
#include "reduce.wgsl"

/// d_x of one pack from its g and n and the row's (mean(g), mean(g n)).
fn write_d_x(i: u32, g: Pack, n: Pack, means: vec2f, rstd: f32) {
#if RMS
  let d = (g - n * means.y) * rstd;
#else
  let d = (g - Pack(means.x) - n * means.y) * rstd;
#endif
#if ACCUMULATE
  d_x[i] += d;
#else
  d_x[i] = d;
#endif
}

#if LANES == 1
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = flat_group(group, groups) * WORKGROUP + local;
  let first = index * params.rows_per_team;
  if (first >= params.rows) {
    return;
  }
  let packs = params.columns / PACK;
  let line = index * 2u * packs;
  for (var c = 0u; c < 2u * packs; c++) {
    partial[line + c] = Pack(0.0);
  }
  for (var row = first; row < min(params.rows, first + params.rows_per_team); row++) {
    let start = row_start(row);
    let stat = stats[row];
    var sum_g = Pack(0.0);
    var sum_gn = Pack(0.0);
    for (var c = 0u; c < packs; c++) {
      let d = d_y[start + c];
      let n = (x[start + c] - Pack(stat.x)) * stat.y;
      let g = d * weight[c];
      sum_g += g;
      sum_gn += g * n;
      partial[line + c] += d * n;
#if !RMS
      partial[line + packs + c] += d;
#endif
    }
    let means = vec2f(pack_sum(sum_g), pack_sum(sum_gn)) / f32(params.columns);
    for (var c = 0u; c < packs; c++) {
      write_d_x(start + c, d_y[start + c] * weight[c], (x[start + c] - Pack(stat.x)) * stat.y, means, stat.y);
    }
  }
}
#else
override TEAMS: u32 = WORKGROUP / LANES;
var<workgroup> team_weight: array<Pack, WORKGROUP>;
var<workgroup> team_bias: array<Pack, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let team = local / LANES;
  let index = flat_group(group, groups);
  let packs = params.columns / PACK;
  let first = index * params.rows_per_team * TEAMS;
  // Uniform over the workgroup, so that leaving before the barriers is allowed.
  if (first >= params.rows) {
    return;
  }
#for k in 0..HOLD
  let c{{k}} = lane + {{k}}u * LANES;
  var w{{k}} = Pack(0.0);
  if (c{{k}} < packs) { w{{k}} = weight[c{{k}}]; }
  var d_weight{{k}} = Pack(0.0);
  var d_bias{{k}} = Pack(0.0);
#endfor
  for (var turn = 0u; turn < params.rows_per_team; turn++) {
    let row = first + turn * TEAMS + team;
    // Teams past the last row hold nothing, so that they still meet the barriers.
    let end = select(0u, packs, row < params.rows);
    let start = row_start(row);
    let stat = stats[min(row, params.rows - 1u)];
    var sums = vec2f(0.0);
#for k in 0..HOLD
    var g{{k}} = Pack(0.0);
    var n{{k}} = Pack(0.0);
    if (c{{k}} < end) {
      let d = d_y[start + c{{k}}];
      n{{k}} = (x[start + c{{k}}] - Pack(stat.x)) * stat.y;
      g{{k}} = d * w{{k}};
      d_weight{{k}} += d * n{{k}};
      d_bias{{k}} += d;
      sums += vec2f(pack_sum(g{{k}}), pack_sum(g{{k}} * n{{k}}));
    }
#endfor
    let means = reduce_lanes(sums, local) / f32(params.columns);
#for k in 0..HOLD
    if (c{{k}} < end) { write_d_x(start + c{{k}}, g{{k}}, n{{k}}, means, stat.y); }
#endfor
  }
#for k in 0..HOLD
  team_weight[local] = d_weight{{k}};
  team_bias[local] = d_bias{{k}};
  workgroupBarrier();
  if (team == 0u && c{{k}} < packs) {
    for (var t = 1u; t < TEAMS; t++) {
      d_weight{{k}} += team_weight[t * LANES + lane];
      d_bias{{k}} += team_bias[t * LANES + lane];
    }
    partial[index * 2u * packs + c{{k}}] = d_weight{{k}};
#if RMS
    partial[(index * 2u + 1u) * packs + c{{k}}] = Pack(0.0);
#else
    partial[(index * 2u + 1u) * packs + c{{k}}] = d_bias{{k}};
#endif
  }
  workgroupBarrier();
#endfor
}
#endif

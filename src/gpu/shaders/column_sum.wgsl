// Column sums of d_y [R, C] in a fixed order: line p of sums [P, C] holds rows [p, p + 1) * rows_per_group.
// With P = 1 and ACCUMULATE the sums are added to a bias gradient. Flags LANES, STRIP, VEC4, ACCUMULATE.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  rows: u32,
  columns: u32,
  rows_per_group: u32,
}
@group(0) @binding(0) var<storage, read> d_y: array<Pack>;
@group(0) @binding(1) var<storage, read_write> d_bias: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn load(row: u32, column: u32) -> Pack {
  return d_y[row * (params.columns / PACK) + column];
}
#include "column_strip.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let packs = params.columns / PACK;
  let strips = (packs + STRIP - 1u) / STRIP;
  let index = flat_group(group, groups);
  let column = (index % strips) * STRIP + local % STRIP;
  let line = index / strips;
  let begin = min(params.rows, line * params.rows_per_group);
  let end = min(params.rows, begin + params.rows_per_group);
  let live = column < packs && begin < end;
  let sum = sum_rows_of(column, begin, select(begin, end, live), local);
  if (local < STRIP && live) {
#if ACCUMULATE
    d_bias[line * packs + column] += sum;
#else
    d_bias[line * packs + column] = sum;
#endif
  }
}

// Adds the lines of partial [P, 2 C] (norm_backward's sums of groups of rows) into d_weight [C] and, unless RMS, d_bias [C].
// Flags LANES, STRIP, VEC4, RMS. The order of the sum is fixed.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  partials: u32,
  columns: u32,
}
@group(0) @binding(0) var<storage, read> partial: array<Pack>;
@group(0) @binding(1) var<storage, read_write> d_weight: array<Pack>;
#if !RMS
@group(0) @binding(2) var<storage, read_write> d_bias: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;

fn load(row: u32, column: u32) -> Pack {
  return partial[row * 2u * (params.columns / PACK) + column];
}
#include "column_strip.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let packs = params.columns / PACK;
  let column = flat_group(group, groups) * STRIP + local % STRIP;
#if RMS
  let live = column < packs;
#else
  let live = column < 2u * packs;
#endif
  let sum = sum_rows_of(column, 0u, select(0u, params.partials, live), local);
  if (local < STRIP && live) {
#if RMS
    d_weight[column] += sum;
#else
    if (column < packs) {
      d_weight[column] += sum;
    } else {
      d_bias[column - packs] += sum;
    }
#endif
  }
}

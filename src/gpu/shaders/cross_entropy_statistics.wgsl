// statistics [N, 3] of the rows of a shard [N, V] of the logits: largest, sum of exp(logit - largest), and the target's logit, which is 0
// unless the target lies in this shard. One shard alone owns a target, so the sum of the third over shards is its logit, exactly.
// Source: Shoeybi et al. 2019, section 3 (vocabulary-parallel cross-entropy). Flags LANES, VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
#include "softmax.wgsl"
struct Params {
  rows: u32,
  /// V of the shard.
  columns: u32,
  /// The token that column 0 stands for.
  first_token: u32,
}
@group(0) @binding(0) var<storage, read> logits: array<Pack>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;
#include "logits_row.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let row = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  let live = row < params.rows;
  let packs = params.columns / PACK;
  let start = row * packs;
  let all = largest_and_sum(start, start + select(0u, packs, live), lane, local);
  if (live && lane == 0u) {
    // Targets before the shard, and ignored ones, wrap to numbers far beyond it.
    let place = bitcast<u32>(targets[row]) - params.first_token;
    var wanted = 0.0;
    if (place < params.columns) {
      wanted = pack_at(logits[start + place / PACK], place % PACK);
    }
    statistics[3u * row] = all.x;
    statistics[3u * row + 1u] = all.y;
    statistics[3u * row + 2u] = wanted;
  }
}

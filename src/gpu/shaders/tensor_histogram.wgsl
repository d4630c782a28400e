// How many finite values of a tensor lie in each of BINS equal parts of its range, which statistics holds; where the range is a point, in the
// first. Counts are integers, so that the order in which threads add them does not matter.
#include "flat.wgsl"
struct Params {
  count: u32,
  /// See tensor_statistics.
  first: u32,
  bins: u32,
}
@group(0) @binding(0) var<storage, read> watched: array<u32>;
@group(0) @binding(1) var<storage, read> statistics: array<f32>;
@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
override TURNS: u32 = 1;
const MOST_BINS = 64u;
var<workgroup> own: array<atomic<u32>, MOST_BINS>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let begin = flat_group(group, groups) * (WORKGROUP * TURNS) + local;
  // Halves: the width of the range of large values fits.
  let low = 0.5 * statistics[0];
  let width = 0.5 * statistics[1] - low;
  let scale = select(0.0, f32(params.bins) / width, width > 0.0);
  for (var turn = 0u; turn < TURNS; turn++) {
    let i = begin + turn * WORKGROUP;
    if (i < params.count) {
      let bits = watched[params.first + i];
      if ((bits & 0x7f800000u) != 0x7f800000u) {
        let bin = u32(max(0.0, (0.5 * bitcast<f32>(bits) - low) * scale));
        atomicAdd(&own[min(bin, params.bins - 1u)], 1u);
      }
    }
  }
  workgroupBarrier();
  for (var bin = local; bin < params.bins; bin += WORKGROUP) {
    let here = atomicLoad(&own[bin]);
    if (here > 0u) {
      atomicAdd(&counts[2u + bin], here);
    }
  }
}

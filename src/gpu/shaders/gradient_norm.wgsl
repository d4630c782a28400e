// Partial L2 norms of gradients [count]: partial [P, 2] = (norm of the part, how many of its elements are NaN or infinite).
// Norms, not sums of squares: those of large finite gradients do not fit float32. gradient_norm_finish combines them.
// A team of LANES threads a part. Flags LANES, VEC4. Several arenas write side by side from params.first_partial on.
#include "pack.wgsl"
#include "flat.wgsl"
#include "norm_sums.wgsl"
struct Params {
  count: u32,
  /// Parts of this dispatch.
  partials: u32,
  /// Where in `partial` this dispatch's parts begin.
  first_partial: u32,
}
@group(0) @binding(0) var<storage, read> gradients: array<PackBits>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let part = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  let packs = params.count / PACK;
  var mine = NormSums(0.0, 0.0, 0u);
  if (part < params.partials) {
    for (var i = part * LANES + lane; i < packs; i += params.partials * LANES) {
      mine = norm_take(mine, gradients[i]);
    }
  }
  let all = reduce_lanes(mine, local);
  if (part < params.partials && lane == 0u) {
    partial[params.first_partial + part] = vec2f(norm_of(all), f32(all.non_finite));
  }
}

// Combines gradient_norm's parts: metrics[1] = global L2 norm before clipping, [2] = count of non-finite elements,
// [3] = clip scale min(1, max_norm / (norm + 1e-6)), 1 where max_norm is 0 (PyTorch's clip_grad_norm_; Pascanu et al. 2013, alg. 1).
// Layout of metrics: plans/metricsLayout.ts. One workgroup. Flags LANES (= WORKGROUP), VEC4 = 0.
#include "pack.wgsl"
#include "norm_sums.wgsl"
struct Params {
  partials: u32,
  max_norm: f32,
}
@group(0) @binding(0) var<storage, read> partial: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> metrics: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

const WORKGROUP = {{LANES}}u;
const LANE_STRIDE = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var mine = NormSums(0.0, 0.0, 0u);
  for (var i = local; i < params.partials; i += LANES) {
    let part = partial[i];
    mine = norm_take(mine, bitcast<PackBits>(part.x));
    mine.non_finite += u32(part.y);
  }
  let all = reduce_lanes(mine, local);
  if (local == 0u) {
    let norm = norm_of(all);
    metrics[1] = norm;
    metrics[2] = f32(all.non_finite);
    metrics[3] = select(min(1.0, params.max_norm / (norm + 1e-6)), 1.0, params.max_norm == 0.0);
  }
}

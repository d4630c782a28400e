// parameter = parameter (1 - lr decay) - lr scale update for one matrix at params.offset of the arena; nothing changes where
// metrics[2] counts a non-finite gradient. scale = 0.2 sqrt(max(rows, columns)). Flag VEC4.
// Source: Jordan et al. 2024, "Muon"; the scale: Liu et al. 2025, arXiv 2502.16982, eq. 4.
#include "pack.wgsl"
#include "flat.wgsl"
#include "step.wgsl"
struct Params {
  count: u32,
  offset: u32,
  scale: f32,
  weight_decay: f32,
  skip_non_finite: u32,
}
@group(0) @binding(0) var<storage, read_write> parameters: array<Pack>;
@group(0) @binding(1) var<storage, read> update: array<Pack>;
@group(0) @binding(2) var<storage, read> metrics: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (params.skip_non_finite != 0u && metrics[2] > 0.0) {
    return;
  }
  let at = params.offset / PACK + i;
  parameters[at] = parameters[at] * (1.0 - step.learning_rate * params.weight_decay) - update[i] * (step.learning_rate * params.scale);
}
#include "elementwise.wgsl"

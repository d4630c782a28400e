// Muon's momentum for one matrix at params.offset of the arenas: buffer = momentum buffer + (1 - momentum) g;
// update = NESTEROV ? momentum buffer + (1 - momentum) g : buffer. g is the clipped gradient (metrics[3]); where metrics[2] counts a
// non-finite gradient, the buffer stays and the update is 0. Flags VEC4, NESTEROV. Source: Jordan et al. 2024, "Muon", published code.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  count: u32,
  /// Elements before the matrix in the arenas.
  offset: u32,
  momentum: f32,
  one_minus_momentum: f32,
  skip_non_finite: u32,
}
@group(0) @binding(0) var<storage, read> gradients: array<Pack>;
@group(0) @binding(1) var<storage, read_write> moment1: array<Pack>;
@group(0) @binding(2) var<storage, read_write> update: array<Pack>;
@group(0) @binding(3) var<storage, read> metrics: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let at = params.offset / PACK + i;
  if (params.skip_non_finite != 0u && metrics[2] > 0.0) {
    update[i] = Pack(0.0);
    return;
  }
  let gradient = gradients[at] * metrics[3] * params.one_minus_momentum;
  let buffer = moment1[at] * params.momentum + gradient;
  moment1[at] = buffer;
#if NESTEROV
  update[i] = buffer * params.momentum + gradient;
#else
  update[i] = buffer;
#endif
}
#include "elementwise.wgsl"

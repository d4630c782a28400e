// One step of SGD with momentum over a flat arena, torch.optim.SGD's convention (the buffer holds gradients; Sutskever et al. 2013).
// Clip scale and non-finite gradients as in adamw.wgsl. Elements before decay_end decay: COUPLED adds decay * p to the gradient,
// else p shrinks by 1 - lr * decay. Flags VEC4, NESTEROV, COUPLED.
#include "pack.wgsl"
#include "flat.wgsl"
#include "step.wgsl"
struct Params {
  count: u32,
  decay_end: u32,
  momentum: f32,
  weight_decay: f32,
  skip_non_finite: u32,
}
@group(0) @binding(0) var<storage, read_write> parameters: array<Pack>;
@group(0) @binding(1) var<storage, read> gradients: array<Pack>;
@group(0) @binding(2) var<storage, read_write> moment1: array<Pack>;
@group(0) @binding(3) var<storage, read> metrics: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (params.skip_non_finite != 0u && metrics[2] > 0.0) {
    return;
  }
  let p = parameters[i];
  let decay = select(0.0, params.weight_decay, i * PACK < params.decay_end);
#if COUPLED
  let gradient = gradients[i] * metrics[3] + p * decay;
  let shrunk = p;
#else
  let gradient = gradients[i] * metrics[3];
  let shrunk = p * (1.0 - step.learning_rate * decay);
#endif
  let buffer = moment1[i] * params.momentum + gradient;
  moment1[i] = buffer;
#if NESTEROV
  parameters[i] = shrunk - (gradient + buffer * params.momentum) * step.learning_rate;
#else
  parameters[i] = shrunk - buffer * step.learning_rate;
#endif
}
#include "elementwise.wgsl"

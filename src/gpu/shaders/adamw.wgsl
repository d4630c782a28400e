// One AdamW step over a flat arena, in PyTorch's order (Loshchilov and Hutter 2019, algorithm 2). Gradients are scaled by the clip
// scale metrics[3]; where metrics[2] counts a non-finite gradient, nothing changes (params.skip_non_finite). Flag VEC4.
// Elements before decay_end decay. step: learning_rate, bias_correction1 = 1 - beta1^t, bias_correction2 = 1 - beta2^t.
#include "pack.wgsl"
#include "flat.wgsl"
#include "step.wgsl"
struct Params {
  count: u32,
  decay_end: u32,
  beta1: f32,
  beta2: f32,
  /// 1 - beta in full precision: rounding beta first would cost digits of the small difference.
  one_minus_beta1: f32,
  one_minus_beta2: f32,
  epsilon: f32,
  weight_decay: f32,
  skip_non_finite: u32,
}
@group(0) @binding(0) var<storage, read_write> parameters: array<Pack>;
@group(0) @binding(1) var<storage, read> gradients: array<Pack>;
@group(0) @binding(2) var<storage, read_write> moment1: array<Pack>;
@group(0) @binding(3) var<storage, read_write> moment2: array<Pack>;
@group(0) @binding(4) var<storage, read> metrics: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (params.skip_non_finite != 0u && metrics[2] > 0.0) {
    return;
  }
  let gradient = gradients[i] * metrics[3];
  let decay = select(0.0, params.weight_decay, i * PACK < params.decay_end);
  let decayed = parameters[i] * (1.0 - step.learning_rate * decay);
  let first = moment1[i] * params.beta1 + gradient * params.one_minus_beta1;
  let second = moment2[i] * params.beta2 + gradient * gradient * params.one_minus_beta2;
  moment1[i] = first;
  moment2[i] = second;
  let divisor = sqrt(second) / sqrt(step.bias_correction2) + Pack(params.epsilon);
  parameters[i] = decayed - (step.learning_rate / step.bias_correction1) * first / divisor;
}
#include "elementwise.wgsl"

// row_loss [N] = alpha T^2 KL(softmax(teacher / T) || softmax(logits / T)) + (1 - alpha) (log(sum(exp(logits))) - logits[target]) in nats, 0 where the
// target is -100 (Hinton, Vinyals, Dean 2015, section 2; T^2 keeps the gradient's scale). GRADIENT: logits are overwritten with its derivative
// times step.inverse_tokens, zeros in ignored rows; else they stay. Targets must be below V: the host checks them. Flags LANES, VEC4, GRADIENT.
#include "pack.wgsl"
#include "flat.wgsl"
#include "softmax.wgsl"
#if GRADIENT
#include "step.wgsl"
#endif
struct Params {
  rows: u32,
  columns: u32,
  temperature: f32,
  alpha: f32,
}
@group(0) @binding(0) var<storage, read_write> logits: array<Pack>;
@group(0) @binding(1) var<storage, read> teacher: array<Pack>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read_write> row_loss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;
const IGNORED = -100;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let row = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  let live = row < params.rows;
  let packs = params.columns / PACK;
  let end = select(0u, packs, live);
  let start = row * packs;
  let label = targets[min(row, params.rows - 1u)];
  let counted = label != IGNORED;
  let wanted = u32(max(label, 0));
  let cool = 1.0 / params.temperature;
  var plain = vec2f(LOWEST, 0.0);
  var soft = vec2f(LOWEST, 0.0);
  var wise = vec2f(LOWEST, 0.0);
  for (var c = lane; c < end; c += LANES) {
    plain = take(plain, logits[start + c]);
    soft = take(soft, logits[start + c] * cool);
    wise = take(wise, teacher[start + c] * cool);
  }
  // Of each: the largest value, and the sum of exp(value - largest).
  plain = reduce_lanes(plain, local);
  soft = reduce_lanes(soft, local);
  wise = reduce_lanes(wise, local);
  // The teacher's mean of what its scores are above the student's, each less its row's largest: large scores would cancel.
  var above = 0.0;
  for (var c = lane; c < end; c += LANES) {
    let score = teacher[start + c] * cool - Pack(wise.x);
    above += pack_sum(exp(score) * (score - (logits[start + c] * cool - Pack(soft.x))));
  }
  // All lanes have the same largest value: combining adds their sums.
  above = reduce_lanes(vec2f(wise.x, above), local).y / wise.y;
  // The lane that holds the target's pack is the one that will overwrite it: no other thread may read it by then.
  if (live && lane == (wanted / PACK) % LANES) {
    let divergence = above + (log(soft.y) - log(wise.y));
    let hard = log(plain.y) + (plain.x - pack_at(logits[start + wanted / PACK], wanted % PACK));
    let loss = params.alpha * params.temperature * params.temperature * divergence + (1.0 - params.alpha) * hard;
    row_loss[row] = select(0.0, loss, counted);
  }
#if GRADIENT
  let scale = select(0.0, step.inverse_tokens, counted);
  let softly = scale * params.alpha * params.temperature;
  let hardly = scale * (1.0 - params.alpha);
  for (var c = lane; c < end; c += LANES) {
    let score = logits[start + c];
    let student = exp(score * cool - Pack(soft.x)) * (softly / soft.y);
    let wished = exp(teacher[start + c] * cool - Pack(wise.x)) * (softly / wise.y);
    let probability = exp(score - Pack(plain.x)) * (hardly / plain.y);
    logits[start + c] = (student - wished) + (probability - pack_one_hot(wanted, c * PACK) * hardly);
  }
#endif
}

// row_loss [N] = log(sum(exp(logits))) - logits[target] in nats, 0 where the target is -100 (PyTorch's ignore index).
// GRADIENT: logits are overwritten with (softmax - onehot) * step.inverse_tokens * share, zeros in ignored rows; else they stay.
// One pass over the row for its largest value and its sum. Targets must be below V: the host checks them. Flags LANES, VEC4, GRADIENT.
#include "pack.wgsl"
#include "flat.wgsl"
#include "softmax.wgsl"
#if GRADIENT
#include "step.wgsl"
#endif
struct Params {
  rows: u32,
  columns: u32,
#if GRADIENT
  share: f32,
#endif
}
@group(0) @binding(0) var<storage, read_write> logits: array<Pack>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> row_loss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANE_STRIDE = 1u;
const IGNORED = -100;
#include "logits_row.wgsl"

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
  let all = largest_and_sum(start, start + end, lane, local);
  // The lane that holds the target's pack is the one that will overwrite it: no other thread may read it by then.
  if (live && lane == (wanted / PACK) % LANES) {
    let loss = log(all.y) + (all.x - pack_at(logits[start + wanted / PACK], wanted % PACK));
    row_loss[row] = select(0.0, loss, counted);
  }
#if GRADIENT
  let scale = select(0.0, step.inverse_tokens * params.share, counted);
  let probability = scale / all.y;
  for (var c = lane; c < end; c += LANES) {
    logits[start + c] = exp(logits[start + c] - Pack(all.x)) * probability - pack_one_hot(wanted, c * PACK) * scale;
  }
#endif
}

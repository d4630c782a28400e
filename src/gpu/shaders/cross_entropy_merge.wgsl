// row_loss [N] = log-sum-exp over all shards of the vocabulary - logits[target], in nats, 0 where the target is -100 (PyTorch's ignore index),
// from the statistics that cross_entropy_statistics left of each shard, merged in their order.
// GRADIENT: this shard's logits are overwritten with (softmax - onehot) * step.inverse_tokens, zeros in ignored rows.
// Source: Shoeybi et al. 2019, section 3; the merge is Milakov and Gimelshein 2018, section 3.1. Flags LANES, VEC4, GRADIENT.
#include "pack.wgsl"
#include "flat.wgsl"
#if GRADIENT
#include "step.wgsl"
#endif
struct Params {
  rows: u32,
  /// V of the shard.
  columns: u32,
  /// The token that column 0 stands for.
  first_token: u32,
  /// Shards.
  parts: u32,
}
@group(0) @binding(0) var<storage, read> targets: array<i32>;
/// [parts, N, 3]
@group(0) @binding(1) var<storage, read> gathered: array<f32>;
@group(0) @binding(2) var<storage, read_write> row_loss: array<f32>;
#if GRADIENT
@group(0) @binding(3) var<storage, read_write> logits: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;
const LANES = {{LANES}}u;
const IGNORED = -100;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let row = flat_group(group, groups) * (WORKGROUP / LANES) + local / LANES;
  if (row >= params.rows) {
    return;
  }
  let label = targets[row];
  let counted = label != IGNORED;
  // Every lane merges for itself: a few numbers a shard, cheaper than handing them on.
  var largest = gathered[3u * row];
  for (var part = 1u; part < params.parts; part++) {
    largest = max(largest, gathered[3u * (part * params.rows + row)]);
  }
  var sum = 0.0;
  var wanted = 0.0;
  for (var part = 0u; part < params.parts; part++) {
    let at = 3u * (part * params.rows + row);
    sum += gathered[at + 1u] * exp(gathered[at] - largest);
    wanted += gathered[at + 2u];
  }
  if (lane == 0u) {
    row_loss[row] = select(0.0, log(sum) + (largest - wanted), counted);
  }
#if GRADIENT
  let packs = params.columns / PACK;
  let start = row * packs;
  // A target that is not here wraps to a number beyond the shard: no column is hit.
  let place = bitcast<u32>(label) - params.first_token;
  let scale = select(0.0, step.inverse_tokens, counted);
  let probability = scale / sum;
  for (var c = lane; c < packs; c += LANES) {
    logits[start + c] = exp(logits[start + c] - Pack(largest)) * probability - pack_one_hot(place, c * PACK) * scale;
  }
#endif
}

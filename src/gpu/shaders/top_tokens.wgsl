// What rows of logits [N, V] say of the next token: the K best tokens with their log-probabilities, the entropy of the whole distribution, and of
// a target token the log-probability and how many tokens are likelier. Of equal logits the lower token comes first.
// ranking [N, 2K + 4]: K pairs (token, log p), then entropy in nats, log p of the target, its rank (0 for the best), and how many logits of the
// row are not finite: the other numbers then mean nothing. Without a target (-100) the two are 0.
//
// A workgroup of LANES threads takes a row; K passes over it are cheaper than a sort for the few that are shown. Flag LANES.
#include "flat.wgsl"
struct Params {
  rows: u32,
  vocabulary: u32,
  /// K, at most V.
  top: u32,
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> ranking: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 4;
const LANE_STRIDE = 1u;
const LOWEST = -3.4e38;

/// Best logit, its token, and two sums. A token is exact in f32: the plan refuses larger vocabularies.
alias Reduced = vec4f;
fn combine(a: Reduced, b: Reduced) -> Reduced {
  let other = b.x > a.x || (b.x == a.x && b.y < a.y);
  return vec4f(select(a.xy, b.xy, other), a.zw + b.zw);
}
#include "reduce.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = flat_group(group, groups);
  if (row >= params.rows) { return; }
  let vocabulary = params.vocabulary;
  let start = row * vocabulary;
  let place = row * (2u * params.top + 4u);
  let nothing = vec4f(LOWEST, f32(vocabulary), 0.0, 0.0);

  var mine = nothing;
  for (var i = t; i < vocabulary; i += LANES) {
    let value = logits[start + i];
    let broken = select(0.0, 1.0, (bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u);
    mine = combine(mine, vec4f(value, f32(i), broken, 0.0));
  }
  var best = reduce_lanes(mine, t);
  let broken = best.z;
  let largest = best.x;

  mine = nothing;
  for (var i = t; i < vocabulary; i += LANES) {
    let below = logits[start + i] - largest;
    let weight = exp(below);
    mine.z += weight;
    mine.w += weight * below;
  }
  let sums = reduce_lanes(mine, t).zw;
  let log_sum = log(sums.x);

  // An ignored target wraps to a number beyond any vocabulary.
  let wanted = bitcast<u32>(targets[row]);
  let aimed = wanted < vocabulary;
  let target_logit = logits[start + select(0u, wanted, aimed)];
  mine = nothing;
  for (var i = t; i < vocabulary; i += LANES) {
    let value = logits[start + i];
    mine.z += select(0.0, 1.0, value > target_logit || (value == target_logit && i < wanted));
  }
  let likelier = reduce_lanes(mine, t).z;

  for (var k = 0u; k < params.top; k++) {
    if (k > 0u) {
      let last = best;
      mine = nothing;
      for (var i = t; i < vocabulary; i += LANES) {
        let value = logits[start + i];
        let token = f32(i);
        if (value < last.x || (value == last.x && token > last.y)) {
          mine = combine(mine, vec4f(value, token, 0.0, 0.0));
        }
      }
      best = reduce_lanes(mine, t);
    }
    if (t == 0u) {
      ranking[place + 2u * k] = best.y;
      ranking[place + 2u * k + 1u] = best.x - largest - log_sum;
    }
  }
  if (t == 0u) {
    let end = place + 2u * params.top;
    ranking[end] = log_sum - sums.y / sums.x;
    ranking[end + 1u] = select(0.0, target_logit - largest - log_sum, aimed);
    ranking[end + 2u] = select(0.0, likelier, aimed);
    ranking[end + 3u] = broken;
  }
}

// What a model makes of the tokens that a draft of it proposed (Leviathan et al. 2023, algorithm 1): each proposal x_i is accepted with probability
// min(1, p_i(x_i) / q_i(x_i)), and what takes its place otherwise is drawn from max(0, p_i - q_i); after the last one comes a token of the model's
// own. So what a text gets is distributed as if the model had drawn it alone. At temperature 0 a proposal is accepted where it is the best token.
// Each row is judged as if all before it were accepted: draft_advance.wgsl takes them in order.
//
// Shapes: T = K + 1 rows a text: logits [B, T, V] after its last token and after each of the K proposals, q [B, K, V], verdicts [B, T]. A workgroup of
// LANES threads takes a row; random numbers are a function of (seed, step, row). Flag LANES.
#include "step.wgsl"
#include "random.wgsl"
#include "flat.wgsl"
struct Params {
  /// B T
  rows: u32,
  /// T
  tokens: u32,
  vocabulary: u32,
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> sampling: Sampling;
/// [B, ceil(V / 32)]: a bit for each token that the text has, proposals left out.
@group(0) @binding(2) var<storage, read> seen: array<u32>;
/// [B, T]: the text's last token, then the proposals.
@group(0) @binding(3) var<storage, read> draft: array<u32>;
/// What the proposals were drawn from; not read at temperature 0.
@group(0) @binding(4) var<storage, read> q: array<f32>;
/// 1 where the proposal is accepted, and the token that takes its place; NO_TOKEN where logits are not numbers.
@group(0) @binding(5) var<storage, read_write> verdicts: array<vec2u>;
@group(1) @binding(0) var<uniform> params: Params;
#include "token_choice.wgsl"

/// Keeps these random numbers apart from others of the same seed; as in src/reference/acceptDraft.ts.
const STREAM = 0x61636370u;
/// Of the kept tokens' weights: the row's.
var<private> p_total: f32 = 1.0;

/// The token that was proposed to follow a row; NO_TOKEN after the last, and where the draft's own logits were not numbers.
fn proposal(row: u32) -> u32 {
  if (row % params.tokens + 1u == params.tokens) { return NO_TOKEN; }
  return draft[row + 1u];
}

fn q_of(row: u32, token: u32) -> f32 {
  if (proposal(row) >= params.vocabulary) { return 0.0; }
  return q[(row - row / params.tokens) * params.vocabulary + token];
}

fn has_seen(row: u32, token: u32) -> bool {
  let text = row / params.tokens;
  for (var before = text * params.tokens + 1u; before <= row; before++) {
    if (draft[before] == token) { return true; }
  }
  return ((seen[text * ((params.vocabulary + 31u) / 32u) + token / 32u] >> (token % 32u)) & 1u) == 1u;
}

fn mass(row: u32, token: u32, cut: Cut) -> f32 {
  return max(0.0, kept_weight(row, token, cut) / p_total - q_of(row, token));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = flat_group(group, groups);
  if (row >= params.rows) { return; }
  let all = best_token(row, t);
  if (t == 0u) { chosen = u32(all.y); }
  let proposed = proposal(row);
  var accepted = proposed == u32(all.y);
  if (sampling.temperature > 0.0) {
    let cut = find_cut(row, all.x, t);
    var mine = vec4f(LOWEST, 0.0, 0.0, 0.0);
    for (var i = t; i < params.vocabulary; i += LANES) { mine.z += kept_weight(row, i, cut); }
    p_total = reduce_lanes(mine, t).z;
    let words = threefry2x32(vec2u(step.seed, STREAM), vec2u(step.step, row));
    draw(row, cut, unit_interval(words.y), t);
    accepted = false;
    if (proposed < params.vocabulary) {
      accepted = unit_interval(words.x) * q_of(row, proposed) < kept_weight(row, proposed, cut) / p_total;
    }
  }
  workgroupBarrier();
  if (t == 0u) {
    let broken = all.z > 0.0;
    verdicts[row] = select(vec2u(u32(accepted), chosen), vec2u(0u, NO_TOKEN), broken);
  }
}

// Draws the next token of each row of logits [B, V]: the best at temperature 0, else from the distribution of include/token_choice.wgsl. The draw is
// a function of (seed, step, row). With KEEP the distribution is written too, above temperature 0: it is what a draft was drawn from.
//
// A workgroup of LANES threads takes a row. Logits that are not numbers give NO_TOKEN: the host says so. Flags LANES, KEEP.
#include "step.wgsl"
#include "random.wgsl"
#include "flat.wgsl"
struct Params {
  rows: u32,
  vocabulary: u32,
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> sampling: Sampling;
/// [B, ceil(V / 32)]: a bit for each token that the text has.
@group(0) @binding(2) var<storage, read_write> seen: array<u32>;
/// [B]
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>;
#if KEEP
/// [B, V]
@group(0) @binding(4) var<storage, read_write> probabilities: array<f32>;
#endif
@group(1) @binding(0) var<uniform> params: Params;
#include "token_choice.wgsl"

/// Keeps these random numbers apart from others of the same seed; as in src/reference/sampleToken.ts.
const STREAM = 0x73616d70u;

fn has_seen(row: u32, token: u32) -> bool {
  return ((seen[row * ((params.vocabulary + 31u) / 32u) + token / 32u] >> (token % 32u)) & 1u) == 1u;
}

fn mass(row: u32, token: u32, cut: Cut) -> f32 {
  return kept_weight(row, token, cut);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = flat_group(group, groups);
  if (row >= params.rows) { return; }
  let all = best_token(row, t);
  if (t == 0u) { chosen = u32(all.y); }
  if (sampling.temperature > 0.0) {
    let cut = find_cut(row, all.x, t);
    let total = draw(row, cut, unit_interval(threefry2x32(vec2u(step.seed, STREAM), vec2u(step.step, row)).x), t);
#if KEEP
    for (var i = t; i < params.vocabulary; i += LANES) {
      probabilities[row * params.vocabulary + i] = kept_weight(row, i, cut) / total;
    }
#endif
  }
  workgroupBarrier();
  if (t == 0u) {
    tokens[row] = select(chosen, NO_TOKEN, all.z > 0.0);
    let word = row * ((params.vocabulary + 31u) / 32u) + chosen / 32u;
    seen[word] |= 1u << (chosen % 32u);
  }
}

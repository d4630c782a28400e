// Moves texts on by the proposals that draft_verdict.wgsl accepts, up to the first that it does not, and the token that comes then. A thread takes a text.
// Shapes: T = K + 1: draft and verdicts [B, T], results [B, T + 1]: how many tokens a text got, at least 1, and the tokens; NO_TOKEN behind them.
#include "flat.wgsl"
struct Params {
  /// B
  texts: u32,
  /// T
  tokens: u32,
  vocabulary: u32,
}
@group(0) @binding(0) var<storage, read> draft: array<u32>;
@group(0) @binding(1) var<storage, read> verdicts: array<vec2u>;
/// [B, ceil(V / 32)]: the new tokens are added.
@group(0) @binding(2) var<storage, read_write> seen: array<u32>;
/// [B]: the last token of each text.
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>;
/// [B]: where it stands.
@group(0) @binding(4) var<storage, read_write> first_positions: array<u32>;
@group(0) @binding(5) var<storage, read_write> results: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

const NO_TOKEN = 0xffffffffu;
override WORKGROUP: u32 = 4;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let text = flat_group(group, groups) * WORKGROUP + t;
  if (text >= params.texts) { return; }
  let first = text * params.tokens;
  let result = text * (params.tokens + 1u);
  var count = 0u;
  var going = true;
  for (var i = 0u; i < params.tokens; i++) {
    var token = NO_TOKEN;
    if (going) {
      let verdict = verdicts[first + i];
      going = verdict.x == 1u && i + 1u < params.tokens;
      token = verdict.y;
      if (going) { token = draft[first + i + 1u]; }
      count++;
      tokens[text] = token;
      if (token < params.vocabulary) {
        let word = text * ((params.vocabulary + 31u) / 32u) + token / 32u;
        seen[word] |= 1u << (token % 32u);
      }
    }
    results[result + 1u + i] = token;
  }
  results[result] = count;
  first_positions[text] += count;
}

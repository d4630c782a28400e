// Draws the next token of each row of logits [B, V], biases added: the best at temperature 0, else from softmax(logits / temperature) cut to the top_k best,
// then to the fewest of these that have top_p of their probability (Holtzman et al. 2020), then to those with min_p of the best's
// (Nguyen et al. 2024). Tokens of equal logit stay or go together. Seen tokens are made less likely before (Keskar et al. 2019, section 4.1).
// Cuts are found bit by bit on the ordered bits of a logit, since sorting a vocabulary is dearer. The draw is a function of (seed, step, row).
//
// A workgroup of LANES threads takes a row. Logits that are not numbers give NO_TOKEN: the host says so. Flag LANES.
#include "step.wgsl"
#include "random.wgsl"
#include "flat.wgsl"
struct Params {
  rows: u32,
  vocabulary: u32,
}
struct Sampling {
  temperature: f32,
  top_p: f32,
  min_p: f32,
  repetition_penalty: f32,
  /// 0 for all.
  top_k: u32,
  /// How many of the biases there are.
  biased: u32,
  unused: vec2u,
  /// Token, and the bits of what is added to its logit.
  biases: array<vec2u>,
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> sampling: Sampling;
/// [B, ceil(V / 32)]: a bit for each token that the text has.
@group(0) @binding(2) var<storage, read_write> seen: array<u32>;
/// [B]
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 4;
const LANE_STRIDE = 1u;
const NO_TOKEN = 0xffffffffu;
/// Keeps these random numbers apart from others of the same seed; as in src/reference/sampleToken.ts.
const STREAM = 0x73616d70u;
const LOWEST = -1e38;

/// Best logit, its token, and two sums. A token is exact in f32: the plan refuses larger vocabularies.
alias Reduced = vec4f;
fn combine(a: Reduced, b: Reduced) -> Reduced {
  let other = b.x > a.x || (b.x == a.x && b.y < a.y);
  return vec4f(select(a.xy, b.xy, other), a.zw + b.zw);
}
#include "reduce.wgsl"
var<workgroup> lane_mass: array<f32, LANES>;
var<workgroup> chosen: u32;

/// Increases with x, over all finite x.
fn ordered_bits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn logit(row: u32, token: u32) -> f32 {
  var value = logits[row * params.vocabulary + token];
  for (var i = 0u; i < sampling.biased; i++) {
    let bias = sampling.biases[i];
    value += select(0.0, bitcast<f32>(bias.y), bias.x == token);
  }
  if (sampling.repetition_penalty != 1.0) {
    let word = seen[row * ((params.vocabulary + 31u) / 32u) + token / 32u];
    let penalised = select(value * sampling.repetition_penalty, value / sampling.repetition_penalty, value > 0.0);
    value = select(value, penalised, ((word >> (token % 32u)) & 1u) == 1u);
  }
  return value;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row = flat_group(group, groups);
  if (row >= params.rows) { return; }
  let vocabulary = params.vocabulary;
  var mine = vec4f(LOWEST, f32(vocabulary), 0.0, 0.0);
  for (var i = t; i < vocabulary; i += LANES) {
    let value = logit(row, i);
    let broken = select(0.0, 1.0, (bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u);
    mine = combine(mine, vec4f(value, f32(i), broken, 0.0));
  }
  let all = reduce_lanes(mine, t);
  if (t == 0u) { chosen = u32(all.y); }
  if (sampling.temperature > 0.0) {
    let best = all.x;
    let inverse = 1.0 / sampling.temperature;
    // Tokens whose ordered bits are below it are out.
    var cut = 0u;
    if (sampling.top_k > 0u && sampling.top_k < vocabulary) {
      for (var bit = 0u; bit < 32u; bit++) {
        let trial = cut | (0x80000000u >> bit);
        mine = vec4f(LOWEST, 0.0, 0.0, 0.0);
        for (var i = t; i < vocabulary; i += LANES) {
          mine.z += select(0.0, 1.0, ordered_bits(logit(row, i)) >= trial);
        }
        cut = select(cut, trial, reduce_lanes(mine, t).z >= f32(sampling.top_k));
      }
    }
    if (sampling.top_p < 1.0) {
      let least = cut;
      cut = 0u;
      var wanted = 0.0;
      // The turn before the first gives the whole mass.
      for (var turn = 0u; turn < 33u; turn++) {
        let trial = select(cut | (0x80000000u >> (turn - 1u)), 0u, turn == 0u);
        mine = vec4f(LOWEST, 0.0, 0.0, 0.0);
        for (var i = t; i < vocabulary; i += LANES) {
          let value = logit(row, i);
          mine.z += select(0.0, exp((value - best) * inverse), ordered_bits(value) >= max(trial, least));
        }
        let mass = reduce_lanes(mine, t).z;
        if (turn == 0u) { wanted = mass * sampling.top_p; }
        cut = select(cut, trial, mass >= wanted);
      }
      cut = max(cut, least);
    }
    // Each thread takes a run of tokens, so that the draw goes through the vocabulary in order.
    let run = (vocabulary + LANES - 1u) / LANES;
    let end = min(vocabulary, (t + 1u) * run);
    var own = 0.0;
    for (var i = t * run; i < end; i++) {
      let value = logit(row, i);
      let weight = exp((value - best) * inverse);
      own += select(0.0, weight, ordered_bits(value) >= cut && weight >= sampling.min_p);
    }
    lane_mass[t] = own;
    workgroupBarrier();
    var total = 0.0;
    var before = 0.0;
    for (var lane = 0u; lane < LANES; lane++) {
      if (lane == t) { before = total; }
      total += lane_mass[lane];
    }
    let place = unit_interval(threefry2x32(vec2u(step.seed, STREAM), vec2u(step.step, row)).x) * total;
    if (own > 0.0 && place >= before && place < before + own) {
      var rest = place - before;
      for (var i = t * run; i < end; i++) {
        let value = logit(row, i);
        let weight = exp((value - best) * inverse);
        if (ordered_bits(value) < cut || weight < sampling.min_p) { continue; }
        // What rounding leaves over goes to the last.
        chosen = i;
        rest -= weight;
        if (rest < 0.0) { break; }
      }
    }
  }
  workgroupBarrier();
  if (t == 0u) {
    tokens[row] = select(chosen, NO_TOKEN, all.z > 0.0);
    let word = row * ((vocabulary + 31u) / 32u) + chosen / 32u;
    seen[word] |= 1u << (chosen % 32u);
  }
}

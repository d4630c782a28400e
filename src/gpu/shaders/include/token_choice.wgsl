// The distribution that a next token is drawn from, and the draw. Of logits, biases added: softmax(logits / temperature) cut to the top_k best,
// then to the fewest of these that have top_p of their probability (Holtzman et al. 2020), then to those with min_p of the best's
// (Nguyen et al. 2024). Tokens of equal logit stay or go together. Seen tokens are made less likely before (Keskar et al. 2019, section 4.1).
// Cuts are found bit by bit on the ordered bits of a logit, since sorting a vocabulary is dearer. A workgroup of LANES threads takes a row, and all
// of it calls these functions.
//
// Needs: params.vocabulary, bindings `logits: array<f32>` and `sampling: Sampling`, a flag LANES, `fn has_seen(row: u32, token: u32) -> bool`, and for
// draw `fn mass(row: u32, token: u32, cut: Cut) -> f32`.
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

/// What of a row may be drawn.
struct Cut {
  best: f32,
  /// 1 / temperature
  inverse: f32,
  /// Tokens whose ordered bits are below it are out.
  least: u32,
}

override WORKGROUP: u32 = 4;
const LANE_STRIDE = 1u;
const NO_TOKEN = 0xffffffffu;
const LOWEST = -1e38;

/// Best logit, its token, and two sums. A token is exact in f32: the plan refuses larger vocabularies.
alias Reduced = vec4f;
fn combine(a: Reduced, b: Reduced) -> Reduced {
  let other = b.x > a.x || (b.x == a.x && b.y < a.y);
  return vec4f(select(a.xy, b.xy, other), a.zw + b.zw);
}
#include "reduce.wgsl"
var<workgroup> lane_mass: array<f32, LANES>;
/// What draw leaves: nothing where no token has mass.
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
    let penalised = select(value * sampling.repetition_penalty, value / sampling.repetition_penalty, value > 0.0);
    value = select(value, penalised, has_seen(row, token));
  }
  return value;
}

/// Best logit, its token, and how many logits are not numbers.
fn best_token(row: u32, t: u32) -> vec3f {
  var mine = vec4f(LOWEST, f32(params.vocabulary), 0.0, 0.0);
  for (var i = t; i < params.vocabulary; i += LANES) {
    let value = logit(row, i);
    let broken = select(0.0, 1.0, (bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u);
    mine = combine(mine, vec4f(value, f32(i), broken, 0.0));
  }
  return reduce_lanes(mine, t).xyz;
}

/// Where the temperature is above 0.
fn find_cut(row: u32, best: f32, t: u32) -> Cut {
  let inverse = 1.0 / sampling.temperature;
  var cut = 0u;
  if (sampling.top_k > 0u && sampling.top_k < params.vocabulary) {
    for (var bit = 0u; bit < 32u; bit++) {
      let trial = cut | (0x80000000u >> bit);
      var mine = vec4f(LOWEST, 0.0, 0.0, 0.0);
      for (var i = t; i < params.vocabulary; i += LANES) {
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
      var mine = vec4f(LOWEST, 0.0, 0.0, 0.0);
      for (var i = t; i < params.vocabulary; i += LANES) {
        let value = logit(row, i);
        mine.z += select(0.0, exp((value - best) * inverse), ordered_bits(value) >= max(trial, least));
      }
      let mass = reduce_lanes(mine, t).z;
      if (turn == 0u) { wanted = mass * sampling.top_p; }
      cut = select(cut, trial, mass >= wanted);
    }
    cut = max(cut, least);
  }
  return Cut(best, inverse, cut);
}

/// What a token weighs among those that may be drawn; the best weighs 1.
fn kept_weight(row: u32, token: u32, cut: Cut) -> f32 {
  let value = logit(row, token);
  let weight = exp((value - cut.best) * cut.inverse);
  return select(0.0, weight, ordered_bits(value) >= cut.least && weight >= sampling.min_p);
}

/// Leaves in `chosen` the token at the share `place` of all mass, the vocabulary in order. @returns the mass of all
fn draw(row: u32, cut: Cut, place: f32, t: u32) -> f32 {
  // Each thread takes a run of tokens.
  let run = (params.vocabulary + LANES - 1u) / LANES;
  let end = min(params.vocabulary, (t + 1u) * run);
  var own = 0.0;
  for (var i = t * run; i < end; i++) { own += mass(row, i, cut); }
  lane_mass[t] = own;
  workgroupBarrier();
  var total = 0.0;
  var before = 0.0;
  for (var lane = 0u; lane < LANES; lane++) {
    if (lane == t) { before = total; }
    total += lane_mass[lane];
  }
  let wanted = place * total;
  if (own > 0.0 && wanted >= before && wanted < before + own) {
    var rest = wanted - before;
    for (var i = t * run; i < end; i++) {
      let weight = mass(row, i, cut);
      if (weight <= 0.0) { continue; }
      // What rounding leaves over goes to the last.
      chosen = i;
      rest -= weight;
      if (rest < 0.0) { break; }
    }
  }
  return total;
}

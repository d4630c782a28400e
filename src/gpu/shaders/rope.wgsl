// Rotary position embedding, in place: the first `heads` heads of each packed row turn, the rest of it stays. `direction` 1 forward, -1 back.
// Rotate-half pairing as transformers' Llama has it: channel d pairs with d + D/2. Source: Su et al. 2021, "RoFormer", eq. 34.
// A thread takes one pack of pairs of a row, and turns it in `heads_per_thread` heads by the same angle.
//
// Flags: VEC4, where 4 divides D/2 and the row; CACHED 1: rows go on texts (include/text_position.wgsl), 0: they are whole sequences.
#include "pack.wgsl"
#include "flat.wgsl"
#include "sincos.wgsl"
struct Params {
  /// Elements of the halves that threads take: rows * groups of heads * D/2.
  count: u32,
  /// Rows a sequence, or a text.
  tokens: u32,
  heads: u32,
  heads_per_thread: u32,
  half_dim: u32,
  row_width: u32,
  direction: f32,
  /// Frequency d is 2^(-d log2_step): log2(theta) * 2 / D.
  log2_step: f32,
  /// What the slowest frequencies are multiplied by, and where that ends: at 0 and 1 of frequency * slope - offset.
  slow_factor: f32,
  slope: f32,
  offset: f32,
}
@group(0) @binding(0) var<storage, read_write> x: array<Pack>;
#if CACHED
@group(0) @binding(1) var<storage, read> first_positions: array<u32>;
#endif
@group(1) @binding(0) var<uniform> params: Params;
#if CACHED
#include "text_position.wgsl"
#else
fn text_position(row: u32) -> u32 { return row % params.tokens; }
#endif

/// Radians a token. 2^f of a fraction by Cephes' polynomial (Moshier, exp2f): WGSL's own exp2 may be off by several units in the last place.
fn frequency(d: u32) -> f32 {
  let exponent = f32(d) * params.log2_step;
  let whole = round(exponent);
  let f = whole - exponent;
  let power = 1.0 + f * (0.6931472028550421 + f * (0.2402264791363012 + f * (0.05550332471162809 + f * (0.00961843735767464
    + f * (0.001339887440266574 + f * 0.00015353361883195)))));
  let plain = power * bitcast<f32>((127u - min(u32(whole), 126u)) << 23u);
  return plain * mix(params.slow_factor, 1.0, clamp(plain * params.slope - params.offset, 0.0, 1.0));
}

fn element(i: u32) {
  let packs = params.half_dim / PACK;
  let groups = (params.heads + params.heads_per_thread - 1u) / params.heads_per_thread;
  let pack = i % packs;
  let row = i / packs / groups;
  let first_head = i / packs % groups * params.heads_per_thread;
  let position = f32(text_position(row));
#if VEC4
  let turn0 = sin_cos(position * frequency(4u * pack));
  let turn1 = sin_cos(position * frequency(4u * pack + 1u));
  let turn2 = sin_cos(position * frequency(4u * pack + 2u));
  let turn3 = sin_cos(position * frequency(4u * pack + 3u));
  let s = params.direction * vec4f(turn0.x, turn1.x, turn2.x, turn3.x);
  let c = vec4f(turn0.y, turn1.y, turn2.y, turn3.y);
#else
  let turn = sin_cos(position * frequency(pack));
  let s = params.direction * turn.x;
  let c = turn.y;
#endif
  for (var head = first_head; head < min(params.heads, first_head + params.heads_per_thread); head++) {
    let low = row * (params.row_width / PACK) + head * 2u * packs + pack;
    let high = low + packs;
    let a = x[low];
    let b = x[high];
    x[low] = a * c - b * s;
    x[high] = b * c + a * s;
  }
}
#include "elementwise.wgsl"

// Rotary position embedding over packed rows, out of place: the first `heads` heads of each row turn, the rest is copied.
// Rotate-half pairing as transformers' Llama has it: channel d pairs with d + D/2. `direction` 1 forward, -1 backward.
// Source: Su et al. 2021, "RoFormer", eq. 34. A thread takes one pair, or one element that is copied.
// Frequencies theta^(-2d/D) come from the host, which has float64.
#include "flat.wgsl"
#include "sincos.wgsl"
const PACK = 1u;
struct Params {
  /// Threads' worth of work: rows * (heads * D/2 + columns that are copied).
  count: u32,
  /// Tokens a sequence: the position of a row is first_position + row % tokens.
  tokens: u32,
  first_position: u32,
  heads: u32,
  half_dim: u32,
  row_width: u32,
  direction: f32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
/// [D/2]
@group(0) @binding(1) var<storage, read> frequencies: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let pairs = params.heads * params.half_dim;
  // A row has `pairs` pairs, then what is left of its width.
  let row_work = params.row_width - pairs;
  let row = i / row_work;
  let part = i % row_work;
  let start = row * params.row_width;
  if (part >= pairs) {
    let copied = start + pairs + part;
    y[copied] = x[copied];
    return;
  }
  let d = part % params.half_dim;
  let low = start + part / params.half_dim * 2u * params.half_dim + d;
  let high = low + params.half_dim;
  let turn = sin_cos(f32(params.first_position + row % params.tokens) * frequencies[d]);
  let s = turn.x * params.direction;
  let a = x[low];
  let b = x[high];
  y[low] = a * turn.y - b * s;
  y[high] = b * turn.y + a * s;
}
#include "elementwise.wgsl"

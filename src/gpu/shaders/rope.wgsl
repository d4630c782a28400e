// Rotary position embedding in place over packed rows: the first `heads` heads of each row turn, the rest stays.
// Rotate-half pairing as transformers' Llama has it: channel d pairs with d + D/2. `direction` 1 forward, -1 backward.
// Source: Su et al. 2021, "RoFormer", eq. 34. One thread a pair. Frequencies theta^(-2d/D) come from the host, which has float64.
#include "flat.wgsl"
#include "sincos.wgsl"
const PACK = 1u;
struct Params {
  /// Pairs in all: N * heads * D/2.
  count: u32,
  /// Tokens a sequence: the position of a row is first_position + row % tokens.
  tokens: u32,
  first_position: u32,
  heads: u32,
  half_dim: u32,
  /// Elements from a row to the next.
  row_stride: u32,
  direction: f32,
}
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
/// [D/2]
@group(0) @binding(1) var<storage, read> frequencies: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let d = i % params.half_dim;
  let head = (i / params.half_dim) % params.heads;
  let row = i / (params.half_dim * params.heads);
  let low = row * params.row_stride + head * 2u * params.half_dim + d;
  let high = low + params.half_dim;
  let turn = sin_cos(f32(params.first_position + row % params.tokens) * frequencies[d]);
  let s = turn.x * params.direction;
  let a = x[low];
  let b = x[high];
  x[low] = a * turn.y - b * s;
  x[high] = b * turn.y + a * s;
}
#include "elementwise.wgsl"

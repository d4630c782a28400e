// Backward of swiglu_forward, packed as its input is: d_gate = d_y up silu'(gate), d_up = d_y silu(gate). Flags VEC4 and ACT, 4 (silu).
#include "pack.wgsl"
#include "flat.wgsl"
#include "activation_pack.wgsl"
struct Params {
  /// N F
  count: u32,
  /// F
  columns: u32,
}
@group(0) @binding(0) var<storage, read> d_y: array<Pack>;
@group(0) @binding(1) var<storage, read> x: array<Pack>;
@group(0) @binding(2) var<storage, read_write> d_x: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.columns / PACK;
  let gate = i + i / packs * packs;
  let g = x[gate];
  let d = d_y[i];
  d_x[gate] = d * x[gate + packs] * activate_gradient_pack(g);
  d_x[gate + packs] = d * activate_pack(g);
}
#include "elementwise.wgsl"

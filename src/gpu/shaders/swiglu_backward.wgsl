// Backward of swiglu_forward: d_gate = d_y up silu'(gate), d_up = d_y silu(gate). Flags VEC4 and ACT, which is 4 (silu).
#include "pack.wgsl"
#include "flat.wgsl"
#include "activation_pack.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<storage, read> d_y: array<Pack>;
@group(0) @binding(1) var<storage, read> gate: array<Pack>;
@group(0) @binding(2) var<storage, read> up: array<Pack>;
@group(0) @binding(3) var<storage, read_write> d_gate: array<Pack>;
@group(0) @binding(4) var<storage, read_write> d_up: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let g = gate[i];
  let d = d_y[i];
  d_gate[i] = d * up[i] * activate_gradient_pack(g);
  d_up[i] = d * activate_pack(g);
}
#include "elementwise.wgsl"

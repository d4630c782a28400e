// d_x = d_y f'(x), x the forward's input; flags VEC4 and ACT (see include/activation.wgsl).
#include "pack.wgsl"
#include "flat.wgsl"
#include "activation_pack.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<storage, read> d_y: array<Pack>;
@group(0) @binding(1) var<storage, read> x: array<Pack>;
@group(0) @binding(2) var<storage, read_write> d_x: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  d_x[i] = d_y[i] * activate_gradient_pack(x[i]);
}
#include "elementwise.wgsl"

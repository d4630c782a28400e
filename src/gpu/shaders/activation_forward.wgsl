// y = f(x), element by element; flags VEC4 and ACT (see include/activation.wgsl).
#include "pack.wgsl"
#include "flat.wgsl"
#include "activation_pack.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> y: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  y[i] = activate_pack(x[i]);
}
#include "elementwise.wgsl"

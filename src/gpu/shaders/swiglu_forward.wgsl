// y = silu(gate) * up, element by element. Flags VEC4 and ACT, which is 4 (silu).
// Source: Shazeer 2020, "GLU variants improve transformer", eq. 6.
#include "pack.wgsl"
#include "flat.wgsl"
#include "activation_pack.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<storage, read> gate: array<Pack>;
@group(0) @binding(1) var<storage, read> up: array<Pack>;
@group(0) @binding(2) var<storage, read_write> y: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  y[i] = activate_pack(gate[i]) * up[i];
}
#include "elementwise.wgsl"

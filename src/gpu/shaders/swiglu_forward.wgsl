// y [N, F] = silu(gate) * up, element by element, from packed rows [N, 2 F]: F gates, then F ups. Flags VEC4 (4 divides F) and ACT, 4 (silu).
// Source: Shazeer 2020, "GLU variants improve transformer", eq. 6.
#include "pack.wgsl"
#include "flat.wgsl"
#include "activation_pack.wgsl"
struct Params {
  /// N F
  count: u32,
  /// F
  columns: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> y: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.columns / PACK;
  let gate = i + i / packs * packs;
  y[i] = activate_pack(x[gate]) * x[gate + packs];
}
#include "elementwise.wgsl"

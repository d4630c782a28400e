// y [R, C] = x + bias and, with RESIDUAL, + residual: what the epilogue of a product does, for a sum over ranks that comes after the product.
// Flags VEC4, RESIDUAL.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements of x: R * C.
  count: u32,
  columns: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read> bias: array<Pack>;
#if RESIDUAL
@group(0) @binding(2) var<storage, read> residual: array<Pack>;
@group(0) @binding(3) var<storage, read_write> y: array<Pack>;
#else
@group(0) @binding(2) var<storage, read_write> y: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let biased = x[i] + bias[i % (params.columns / PACK)];
#if RESIDUAL
  y[i] = biased + residual[i];
#else
  y[i] = biased;
#endif
}
#include "elementwise.wgsl"

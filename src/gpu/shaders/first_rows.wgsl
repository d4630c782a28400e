// The first of every `stride` rows. BACKWARD 0: y [R, C] = rows 0, stride, 2 stride, ... of x [R stride, C]. BACKWARD 1: x = y's rows in their
// places, and zeros between them. Flags VEC4, BACKWARD.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements that are written.
  count: u32,
  columns: u32,
  stride: u32,
}
#if BACKWARD
@group(0) @binding(0) var<storage, read> y: array<Pack>;
@group(0) @binding(1) var<storage, read_write> x: array<Pack>;
#else
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> y: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.columns / PACK;
  let row = i / packs;
#if BACKWARD
  if (row % params.stride == 0u) {
    x[i] = y[row / params.stride * packs + i % packs];
  } else {
    x[i] = Pack();
  }
#else
  y[i] = x[row * params.stride * packs + i % packs];
#endif
}
#include "elementwise.wgsl"

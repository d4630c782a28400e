// BACKWARD 0: y [N, C] = base + scale * part [N, W], the part in the columns from `first` on. BACKWARD 1: d_part = scale * those columns of d_y.
// What a low-rank adapter adds to one of several products that lie side by side (Hu et al. 2022, section 4.1). Flags VEC4, BACKWARD.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements that are written.
  count: u32,
  columns: u32,
  width: u32,
  first: u32,
  scale: f32,
}
#if BACKWARD
@group(0) @binding(0) var<storage, read> d_y: array<Pack>;
@group(0) @binding(1) var<storage, read_write> d_part: array<Pack>;
#else
@group(0) @binding(0) var<storage, read> base: array<Pack>;
@group(0) @binding(1) var<storage, read> part: array<Pack>;
@group(0) @binding(2) var<storage, read_write> y: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.columns / PACK;
  let own = params.width / PACK;
  let first = params.first / PACK;
#if BACKWARD
  d_part[i] = params.scale * d_y[i / own * packs + first + i % own];
#else
  let column = i % packs;
  var value = base[i];
  if (column >= first && column < first + own) {
    value = value + params.scale * part[i / packs * own + (column - first)];
  }
  y[i] = value;
#endif
}
#include "elementwise.wgsl"

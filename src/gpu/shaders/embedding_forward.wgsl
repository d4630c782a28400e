// x [N, C] = wte[token] and, with POSITIONS, + wpe[row % tokens]. Flags VEC4, POSITIONS. Tokens must be below V: the host checks them.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements of x: N * C.
  count: u32,
  columns: u32,
  /// Tokens a sequence.
  tokens: u32,
}
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> wte: array<Pack>;
#if POSITIONS
@group(0) @binding(2) var<storage, read> wpe: array<Pack>;
@group(0) @binding(3) var<storage, read_write> x: array<Pack>;
#else
@group(0) @binding(2) var<storage, read_write> x: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.columns / PACK;
  let row = i / packs;
  let c = i % packs;
#if POSITIONS
  x[i] = wte[tokens[row] * packs + c] + wpe[(row % params.tokens) * packs + c];
#else
  x[i] = wte[tokens[row] * packs + c];
#endif
}
#include "elementwise.wgsl"

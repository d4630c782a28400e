// x [N, C] = wte[token] and, with POSITIONS, + wpe[row % tokens], or with PLACED too + wpe[the row's place in its text].
// Flags VEC4, POSITIONS, PLACED. Tokens must be below V: the host checks them.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements of x: N * C.
  count: u32,
  columns: u32,
  /// Tokens a sequence.
  tokens: u32,
#if PLACED
  /// Rows of wpe. Padding beyond them gets the last.
  positions: u32,
#endif
}
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> wte: array<Pack>;
#if POSITIONS
@group(0) @binding(2) var<storage, read> wpe: array<Pack>;
#if PLACED
@group(0) @binding(3) var<storage, read> first_positions: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<Pack>;
#else
@group(0) @binding(3) var<storage, read_write> x: array<Pack>;
#endif
#else
@group(0) @binding(2) var<storage, read_write> x: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;
#if PLACED
#include "text_position.wgsl"
#endif

fn element(i: u32) {
  let packs = params.columns / PACK;
  let row = i / packs;
  let c = i % packs;
#if PLACED
  x[i] = wte[tokens[row] * packs + c] + wpe[min(text_position(row), params.positions - 1u) * packs + c];
#else
#if POSITIONS
  x[i] = wte[tokens[row] * packs + c] + wpe[(row % params.tokens) * packs + c];
#else
  x[i] = wte[tokens[row] * packs + c];
#endif
#endif
}
#include "elementwise.wgsl"

// x [N, C] = wte[token] and, with POSITIONS, + wpe[row % tokens], or with PLACED too + wpe[the row's place in its text].
// Flags VEC4, POSITIONS, PLACED; BITS 8 or 4 where wte is codes as src/core/quantization/scheme.ts lays them out, else 0.
// Tokens must be below V: the host checks them.
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
#if BITS
  /// Of a row of codes.
  words: u32,
  /// Columns that share a scale.
  group: u32,
  scale_stride: u32,
#endif
}
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
#if BITS
@group(0) @binding(1) var<storage, read> wte: array<u32>;
@group(0) @binding({{3 + POSITIONS + PLACED}}) var<storage, read> wte_scales: array<f32>;
#include "weight_codes.wgsl"
#else
@group(0) @binding(1) var<storage, read> wte: array<Pack>;
#endif
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

/// Pack c of a token's row.
fn table(token: u32, c: u32) -> Pack {
#if BITS
  let scale = CODE_UNIT * wte_scales[c * PACK / params.group * params.scale_stride + token];
  let first = c * PACK;
  let word = wte[token * params.words + first / {{32 / BITS}}u];
#if BITS == 8
  let codes = codes_0(word);
#else
  let codes = select(codes_1(word), codes_0(word), first % 8u < 4u);
#endif
#if VEC4
  return scale * codes;
#else
  return scale * codes[first % 4u];
#endif
#else
  return wte[token * (params.columns / PACK) + c];
#endif
}

fn element(i: u32) {
  let packs = params.columns / PACK;
  let row = i / packs;
  let c = i % packs;
#if PLACED
  x[i] = table(tokens[row], c) + wpe[min(text_position(row), params.positions - 1u) * packs + c];
#else
#if POSITIONS
  x[i] = table(tokens[row], c) + wpe[(row % params.tokens) * packs + c];
#else
  x[i] = table(tokens[row], c);
#endif
#endif
}
#include "elementwise.wgsl"

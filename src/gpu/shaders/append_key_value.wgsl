// Writes the keys and values of rows [B, T] of qkv to their places in the cache [B, capacity, 2 Hkv D]; a cache row is the end of a qkv row:
// its key heads, then its value heads. Rows beyond the capacity (padding of a chunk) are left out. Flag VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements written: B * T * width.
  count: u32,
  /// T
  tokens: u32,
  /// Elements of a cache row.
  width: u32,
  /// Elements of a row of qkv.
  row_width: u32,
  /// Tokens that a text can have.
  capacity: u32,
}
@group(0) @binding(0) var<storage, read> qkv: array<Pack>;
@group(0) @binding(1) var<storage, read> first_positions: array<u32>;
@group(0) @binding(2) var<storage, read_write> cache: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;
#include "text_position.wgsl"

fn element(i: u32) {
  let packs = params.width / PACK;
  let row = i / packs;
  let c = i % packs;
  let position = text_position(row);
  if (position < params.capacity) {
    let place = row / params.tokens * params.capacity + position;
    cache[place * packs + c] = qkv[(row + 1u) * (params.row_width / PACK) - packs + c];
  }
}
#include "elementwise.wgsl"

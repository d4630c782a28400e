// x [N, C] = rows of a shard of the token table: table[token - first_token], zeros where the token lies in another shard. The sum over
// the shards is the embedding (Shoeybi et al. 2019, section 3). Its gradient: embedding_backward_token over the shard's rows. Flag VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements of x: N * C.
  count: u32,
  columns: u32,
  /// Rows of the shard.
  vocabulary: u32,
  /// The token whose vector is the shard's first row.
  first_token: u32,
}
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<Pack>;
@group(0) @binding(2) var<storage, read_write> x: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.columns / PACK;
  // A token before the shard wraps to a number far beyond it.
  let place = tokens[i / packs] - params.first_token;
  var value = Pack(0.0);
  if (place < params.vocabulary) {
    value = table[place * packs + i % packs];
  }
  x[i] = value;
}
#include "elementwise.wgsl"

// d_wpe[t] += sum over the batch of d_x[b * tokens + t], in the order of the batch. Flag VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements of one sequence: tokens * C.
  count: u32,
  batch: u32,
}
@group(0) @binding(0) var<storage, read> d_x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> d_wpe: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.count / PACK;
#for u in 0..4
  var sum{{u}} = Pack(0.0);
#endfor
  var b = 0u;
  // Four loads under way at once.
  for (; b + 3u < params.batch; b += 4u) {
#for u in 0..4
    sum{{u}} += d_x[(b + {{u}}u) * packs + i];
#endfor
  }
  for (; b < params.batch; b++) {
    sum0 += d_x[b * packs + i];
  }
  d_wpe[i] += (sum0 + sum1) + (sum2 + sum3);
}
#include "elementwise.wgsl"

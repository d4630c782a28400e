// d_wpe[t] += sum of d_x over the rows at position t, in their order; a position that no row has keeps its gradient. d_x is all rows of the
// stream [N, C], or a run of them that may begin within a sequence. Flag VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements of one sequence: tokens * C.
  count: u32,
  /// Elements of d_x.
  elements: u32,
  /// Where in its sequence d_x begins: below count.
  first_element: u32,
}
@group(0) @binding(0) var<storage, read> d_x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> d_wpe: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let packs = params.count / PACK;
#for u in 0..4
  var sum{{u}} = Pack(0.0);
#endfor
  let end = params.elements / PACK;
  // The first of d_x that stands at place i of a sequence.
  var at = (packs - params.first_element / PACK + i) % packs;
  // Four loads under way at once.
  for (; at + 3u * packs < end; at += 4u * packs) {
#for u in 0..4
    sum{{u}} += d_x[at + {{u}}u * packs];
#endfor
  }
  for (; at < end; at += packs) {
    sum0 += d_x[at];
  }
  d_wpe[i] += (sum0 + sum1) + (sum2 + sum3);
}
#include "elementwise.wgsl"

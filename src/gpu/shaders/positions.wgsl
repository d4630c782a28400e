// y = x + wpe[(first row + row) % tokens] for a run of rows of the stream [N, C], which may begin within a sequence. Flag VEC4.
// Positions repeat every tokens * C elements, so rows need not be told apart. Its gradient: embedding_backward_position.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// Elements of x.
  count: u32,
  /// Elements of one sequence: tokens * C.
  sequence_elements: u32,
  /// Where in its sequence x begins: below sequence_elements.
  first_element: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read> wpe: array<Pack>;
@group(0) @binding(2) var<storage, read_write> y: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  y[i] = x[i] + wpe[(params.first_element / PACK + i) % (params.sequence_elements / PACK)];
}
#include "elementwise.wgsl"

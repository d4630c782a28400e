// x /= norm + 1e-7 in place: the start of Newton-Schulz, from the parts of the matrix's Frobenius norm that gradient_norm left in
// `partial`. Every thread adds the few parts up again, in one order: cheaper than a dispatch of its own. Flag VEC4.
// Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers".
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  count: u32,
  partials: u32,
}
@group(0) @binding(0) var<storage, read_write> x: array<Pack>;
@group(0) @binding(1) var<storage, read> partial: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  // Largest part first, so that squares of large norms do not overflow.
  var largest = 0.0;
  for (var p = 0u; p < params.partials; p++) {
    largest = max(largest, partial[p].x);
  }
  let inverse = 1.0 / max(largest, 1e-30);
  var squares = 0.0;
  for (var p = 0u; p < params.partials; p++) {
    let part = partial[p].x * inverse;
    squares += part * part;
  }
  x[i] = x[i] / (largest * sqrt(squares) + 1e-7);
}
#include "elementwise.wgsl"

// The polynomial of Newton-Schulz in place: gram = a I + b gram + c gram_squared, all [size, size]. Then one product with X gives
// a X + (b A + c A^2) X. a, b, c of Jordan et al. 2024, "Muon: an optimizer for hidden layers". Flag VEC4 (size divides by 4).
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// size * size
  count: u32,
  size: u32,
  a: f32,
  b: f32,
  c: f32,
}
@group(0) @binding(0) var<storage, read_write> gram: array<Pack>;
@group(0) @binding(1) var<storage, read> gram_squared: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let row = i * PACK / params.size;
  let diagonal = pack_one_hot(row, i * PACK % params.size) * params.a;
  gram[i] = diagonal + (gram[i] * params.b + gram_squared[i] * params.c);
}
#include "elementwise.wgsl"

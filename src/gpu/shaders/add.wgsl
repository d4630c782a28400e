// c = a + b, element by element. Flag VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  count: u32,
}
@group(0) @binding(0) var<storage, read> a: array<Pack>;
@group(0) @binding(1) var<storage, read> b: array<Pack>;
@group(0) @binding(2) var<storage, read_write> c: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  c[i] = a[i] + b[i];
}
#include "elementwise.wgsl"

// y [C] = row step.position of x [N, C]: the last hidden state in generation. Flag VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
#include "step.wgsl"
struct Params {
  /// C
  count: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> y: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  y[i] = x[step.position * (params.count / PACK) + i];
}
#include "elementwise.wgsl"

// The bindings of C[m, n] = epilogue(op(A) op(B)) and its epilogue, for every matmul kernel:
// sum -> + bias -> (keep in aux) -> activate, or * activate_gradient(aux) -> + residual -> + c.
// WIDE=1: c, bias, aux, residual are read as vec4f, and columns count in fours. SPLIT=1: sums go to scratch, for matmul_reduce.
// INPUTS=0: there is no a and b, the sums come from elsewhere.
struct Params {
  m: u32,
  n: u32,
  k: u32,
  // Tiles along n, and all tiles.
  tiles_n: u32,
  tiles: u32,
  // Length of the part of k that a workgroup sums.
  part_k: u32,
}
@group(1) @binding(0) var<uniform> params: Params;
#if INPUTS
@group(0) @binding(0) var<storage, read> a: array<{{A_TYPE}}>;
@group(0) @binding(1) var<storage, read> b: array<{{B_TYPE}}>;
#endif
#if SPLIT
@group(0) @binding(2) var<storage, read_write> scratch: array<{{C_TYPE}}>;
#else
@group(0) @binding({{2 * INPUTS}}) var<storage, read_write> c: array<{{C_TYPE}}>;
#if BIAS
@group(0) @binding({{2 * INPUTS + 1}}) var<storage, read> bias: array<{{C_TYPE}}>;
#endif
#if AUX == 1
@group(0) @binding({{2 * INPUTS + 1 + BIAS}}) var<storage, read_write> aux: array<{{C_TYPE}}>;
#endif
#if AUX == 2
@group(0) @binding({{2 * INPUTS + 1 + BIAS}}) var<storage, read> aux: array<{{C_TYPE}}>;
#endif
#if RESIDUAL
@group(0) @binding({{2 * INPUTS + 1 + BIAS + (AUX > 0)}}) var<storage, read> residual: array<{{C_TYPE}}>;
#endif
#if BIAS_GRAD
@group(0) @binding({{2 * INPUTS + 1 + BIAS + (AUX > 0) + RESIDUAL}}) var<storage, read_write> bias_grad: array<{{C_TYPE}}>;
#endif
#endif
#if ACT > 0 && SPLIT == 0
#include "activation.wgsl"
#if WIDE
fn activate_all(x: vec4f) -> vec4f {
  return vec4f(activate(x.x), activate(x.y), activate(x.z), activate(x.w));
}
fn gradient_all(x: vec4f) -> vec4f {
  return vec4f(activate_gradient(x.x), activate_gradient(x.y), activate_gradient(x.z), activate_gradient(x.w));
}
#else
fn activate_all(x: f32) -> f32 {
  return activate(x);
}
fn gradient_all(x: f32) -> f32 {
  return activate_gradient(x);
}
#endif
#endif

#if SPLIT == 0
// `column` and `columns` (of C) in units of C_TYPE.
fn finish(sum: {{C_TYPE}}, row: u32, column: u32, columns: u32) {
#if BIAS
  finish_biased(sum + bias[column], row * columns + column);
#else
  finish_biased(sum, row * columns + column);
#endif
}

fn finish_biased(sum: {{C_TYPE}}, at: u32) {
  var x = sum;
#if AUX == 1
  aux[at] = x;
#endif
#if AUX == 2
  x = x * gradient_all(aux[at]);
#endif
#if ACT > 0 && AUX != 2
  x = activate_all(x);
#endif
#if RESIDUAL
  x = x + residual[at];
#endif
#if ACCUMULATE
  x = x + c[at];
#endif
  c[at] = x;
}
#endif

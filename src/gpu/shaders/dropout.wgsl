// y = x * mask and, with RESIDUAL, + residual. The backward is the same kernel on d_y: the mask is a function of
// (seed, tag, step, element of the global batch), see include/dropout.wgsl. Flags VEC4, RESIDUAL,
// COLUMNS (x is some columns of the stream).
#include "pack.wgsl"
#include "flat.wgsl"
#include "step.wgsl"
#include "random.wgsl"
#include "dropout.wgsl"
struct Params {
  /// Elements of x.
  count: u32,
  /// Elements of one sequence of the whole stream: tokens * C.
  sequence_elements: u32,
  /// Where x begins in the micro-batch's stream: 0, or more for a rank that holds a run of its rows.
  first_element: u32,
  /// The place in the model: hashName of its name.
  tag: u32,
#if COLUMNS
  /// Columns of x, of the stream, and the stream's column that x begins with.
  columns: u32,
  stream_columns: u32,
  first_column: u32,
#endif
  rate: f32,
  /// 1 / (1 - rate)
  keep_scale: f32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
#if RESIDUAL
@group(0) @binding(1) var<storage, read> residual: array<Pack>;
@group(0) @binding(2) var<storage, read_write> y: array<Pack>;
#else
@group(0) @binding(1) var<storage, read_write> y: array<Pack>;
#endif
@group(1) @binding(0) var<uniform> params: Params;

fn factor(element: u32) -> f32 {
  return dropout_factor(params.tag, element, params.rate, params.keep_scale);
}

fn element(i: u32) {
  let start = step.first_row * params.sequence_elements + params.first_element;
#if COLUMNS
  let row = i * PACK / params.columns;
  let first = start + row * params.stream_columns + params.first_column + (i * PACK - row * params.columns);
#else
  let first = start + i * PACK;
#endif
#if VEC4
  let mask = vec4f(factor(first), factor(first + 1u), factor(first + 2u), factor(first + 3u));
#else
  let mask = factor(first);
#endif
#if RESIDUAL
  y[i] = residual[i] + x[i] * mask;
#else
  y[i] = x[i] * mask;
#endif
}
#include "elementwise.wgsl"

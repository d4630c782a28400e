// y [columns, rows] = the transposed x [rows, columns]; for thin matrices: an element a thread, no tiles. Flag VEC4 0.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  /// rows * columns
  count: u32,
  rows: u32,
  columns: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Pack>;
@group(0) @binding(1) var<storage, read_write> y: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  y[i] = x[i % params.rows * params.columns + i / params.rows];
}
#include "elementwise.wgsl"

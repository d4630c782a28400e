// Adds the parts of k that matmul_tiled left in scratch, in order, and finishes the product. Scratch is [parts = k, rows, n] with
// m rows of sums, and with BIAS_GRAD one row of column sums after them.
#include "matmul_output.wgsl"
@group(0) @binding({{1 + BIAS + (AUX > 0) + RESIDUAL + BIAS_GRAD}}) var<storage, read> scratch: array<{{C_TYPE}}>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * 64u + thread;
  let elements = params.tiles;
  if (at >= elements) {
    return;
  }
  var sum = scratch[at];
  for (var part = 1u; part < params.k; part++) {
    sum += scratch[part * elements + at];
  }
#if WIDE
  let columns = params.n / 4u;
#else
  let columns = params.n;
#endif
  let row = at / columns;
  let column = at % columns;
#if BIAS_GRAD
  if (row == params.m) {
    bias_grad[column] += sum;
    return;
  }
#endif
  finish(sum, row, column, columns);
}

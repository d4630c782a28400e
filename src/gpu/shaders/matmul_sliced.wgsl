// Matrix product with few outputs, where latency decides: 16x16 outputs a workgroup, k shared out over SLICES groups of 16 threads.
// Each thread sums 4x4 outputs over every SLICES-th run of four k straight from storage; the slices' sums then meet in workgroup
// memory and are added in order. One dispatch, and 16 KiB of workgroup memory: within the specification's floor.
#include "matmul_output.wgsl"
#include "matmul_load.wgsl" with NAME="a", VECTORS=WIDE_A, ALONG_K=!TA
#include "matmul_load.wgsl" with NAME="b", VECTORS=WIDE_B, ALONG_K=TB
var<workgroup> partial: array<vec4f, {{SLICES * 64}}>;

@compute @workgroup_size({{16 * SLICES}})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tile = group.y * groups.x + group.x;
  if (tile >= params.tiles) {
    return;
  }
  let k = params.k;
  let row0 = (tile / params.tiles_n) * 16u;
  let column0 = (tile % params.tiles_n) * 16u;
  let slice = thread / 16u;
  let block_row = (thread / 4u) % 4u;
  let block_column = thread % 4u;
  let row = row0 + 4u * block_row;
  let column = column0 + 4u * block_column;
#for r in 0..4
  var c_{{r}} = vec4f();
#endfor
#if BIAS_GRAD
  var column_sum = vec4f();
#endif
  for (var i = 4u * slice; i < k; i += {{4 * SLICES}}u) {
    // With the stored rows along k, vector e is row e over four k; else it is four rows at k + e.
#for e in 0..4
#if TA
    let a_{{e}} = load_a(i + {{e}}u, row, params.m, k);
#else
    let a_{{e}} = load_a(row + {{e}}u, i, k, k);
#endif
#if TB
    let row_b_{{e}} = load_b(column + {{e}}u, i, k, k);
#else
    let b_{{e}} = load_b(i + {{e}}u, column, params.n, k);
#endif
#endfor
#if TB
#for e in 0..4
    let b_{{e}} = vec4f(row_b_0[{{e}}], row_b_1[{{e}}], row_b_2[{{e}}], row_b_3[{{e}}]);
#endfor
#endif
#for e in 0..4
#if BIAS_GRAD
    column_sum += b_{{e}};
#endif
#for r in 0..4
#if TA
    c_{{r}} = fma(vec4f(a_{{e}}[{{r}}]), b_{{e}}, c_{{r}});
#else
    c_{{r}} = fma(vec4f(a_{{r}}[{{e}}]), b_{{e}}, c_{{r}});
#endif
#endfor
#endfor
  }
#for r in 0..4
  partial[slice * 64u + (4u * block_row + {{r}}u) * 4u + block_column] = c_{{r}};
#endfor
  workgroupBarrier();
  for (var i = thread; i < 256u; i += {{16 * SLICES}}u) {
    var sum = partial[i / 4u][i % 4u];
    for (var s = 1u; s < {{SLICES}}u; s++) {
      sum += partial[s * 64u + i / 4u][i % 4u];
    }
    let out_row = row0 + i / 16u;
    let out_column = column0 + i % 16u;
    if (out_row < params.m && out_column < params.n) {
      finish(sum, out_row, out_column, params.n);
    }
  }
#if BIAS_GRAD
  if (row0 == 0u) {
    workgroupBarrier();
    if (block_row == 0u) {
      partial[slice * 4u + block_column] = column_sum;
    }
    workgroupBarrier();
    if (thread < 16u && column0 + thread < params.n) {
      var sum = partial[thread / 4u][thread % 4u];
      for (var s = 1u; s < {{SLICES}}u; s++) {
        sum += partial[s * 4u + thread / 4u][thread % 4u];
      }
      bias_grad[column0 + thread] += sum;
    }
  }
#endif
}

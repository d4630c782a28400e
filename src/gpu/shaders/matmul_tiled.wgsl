// Matrix product for GPUs: TILE_M x TILE_N outputs a workgroup, TILE_K of k at a time through workgroup memory (k-major, so that a
// thread reads its rows and columns as vec4f), the next tile on its way in registers meanwhile; THREAD_M x THREAD_N outputs a thread,
// in 4x4 blocks that lie apart, so that neighbouring threads read and write neighbouring memory.
// Elements past m and n are computed from whatever robust access returns, and never stored; past k they are zero.
// Sums run over k in order, by fma(): the same bits for every tile shape. SPLIT=1: parts of k go to scratch, for matmul_reduce.
#include "matmul_output.wgsl"
#include "matmul_load.wgsl" with NAME="a", VECTORS=WIDE_A, ALONG_K=!TA
#include "matmul_load.wgsl" with NAME="b", VECTORS=WIDE_B, ALONG_K=TB
// A multiple of 4 elements and one vector more, against bank conflicts.
var<workgroup> tile_a: array<vec4f, {{TILE_K * (TILE_M / 4 + 1)}}>;
var<workgroup> tile_b: array<vec4f, {{TILE_K * (TILE_N / 4 + 1)}}>;

@compute @workgroup_size({{(TILE_M / THREAD_M) * (TILE_N / THREAD_N)}})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tile = group.y * groups.x + group.x;
  if (tile >= params.tiles) {
    return;
  }
  let m = params.m;
  let n = params.n;
  let row0 = (tile / params.tiles_n) * {{TILE_M}}u;
  let column0 = (tile % params.tiles_n) * {{TILE_N}}u;
  let start_k = group.z * params.part_k;
  let end_k = min(start_k + params.part_k, params.k);
  let thread_row = thread / {{TILE_N / THREAD_N}}u;
  let thread_column = thread % {{TILE_N / THREAD_N}}u;

#for r in 0..THREAD_M
#for q in 0..THREAD_N/4
  var c_{{r}}_{{q}} = vec4f();
#endfor
#endfor
#if BIAS_GRAD
#for q in 0..THREAD_N/4
  var column_sum_{{q}} = vec4f();
#endfor
#endif
#for i in 0..LOADS_A
#for e in 0..LOAD_ROWS_A
  var next_a_{{i}}_{{e}} = vec4f();
#endfor
#endfor
#for i in 0..LOADS_B
#for e in 0..LOAD_ROWS_B
  var next_b_{{i}}_{{e}} = vec4f();
#endfor
#endfor

  // One turn more than there are tiles: turn t multiplies tile t-1 while tile t is on its way.
  for (var tile_k = start_k; tile_k < end_k + {{TILE_K}}u; tile_k += {{TILE_K}}u) {
    if (tile_k < end_k) {
#include "matmul_tile_fetch.wgsl" with NAME="a", ALONG_K=!TA, TILE=TILE_M, FIRST="row0", ACROSS="m", ITEMS=ITEMS_A, LOADS=LOADS_A
#include "matmul_tile_fetch.wgsl" with NAME="b", ALONG_K=TB, TILE=TILE_N, FIRST="column0", ACROSS="n", ITEMS=ITEMS_B, LOADS=LOADS_B
    }
    if (tile_k > start_k) {
      for (var i = 0u; i < {{TILE_K}}u; i++) {
#for q in 0..THREAD_M/4
        let a_{{q}} = tile_a[i * {{TILE_M / 4 + 1}}u + {{q * (TILE_M / THREAD_M)}}u + thread_row];
#endfor
#for q in 0..THREAD_N/4
        let b_{{q}} = tile_b[i * {{TILE_N / 4 + 1}}u + {{q * (TILE_N / THREAD_N)}}u + thread_column];
#if BIAS_GRAD
        column_sum_{{q}} += b_{{q}};
#endif
#endfor
#for r in 0..THREAD_M
#for q in 0..THREAD_N/4
        c_{{r}}_{{q}} = fma(vec4f(a_{{r / 4}}[{{r % 4}}]), b_{{q}}, c_{{r}}_{{q}});
#endfor
#endfor
      }
      workgroupBarrier();
    }
    if (tile_k < end_k) {
#include "matmul_tile_keep.wgsl" with NAME="a", ALONG_K=!TA, TILE=TILE_M, ITEMS=ITEMS_A, LOADS=LOADS_A
#include "matmul_tile_keep.wgsl" with NAME="b", ALONG_K=TB, TILE=TILE_N, ITEMS=ITEMS_B, LOADS=LOADS_B
    }
    workgroupBarrier();
  }

#for r in 0..THREAD_M
  {
    let row = row0 + {{(r / 4) * 4 * (TILE_M / THREAD_M) + r % 4}}u + 4u * thread_row;
    if (row < m) {
#for q in 0..THREAD_N/4
      store_vector(c_{{r}}_{{q}}, row, column0 + {{q * 4 * (TILE_N / THREAD_N)}}u + 4u * thread_column, group.z);
#endfor
    }
  }
#endfor
#if BIAS_GRAD
  if (row0 == 0u && thread_row == 0u) {
#for q in 0..THREAD_N/4
    store_column_sum(column_sum_{{q}}, column0 + {{q * 4 * (TILE_N / THREAD_N)}}u + 4u * thread_column, group.z);
#endfor
  }
#endif
}

fn store_vector(sum: vec4f, row: u32, column: u32, part: u32) {
#if SPLIT
  let first_row = part * (params.m + {{BIAS_GRAD}}u);
#if WIDE
  if (column < params.n) {
    scratch[((first_row + row) * params.n + column) / 4u] = sum;
  }
#else
#for e in 0..4
  if (column + {{e}}u < params.n) {
    scratch[(first_row + row) * params.n + column + {{e}}u] = sum[{{e}}];
  }
#endfor
#endif
#else
#if WIDE
  if (column < params.n) {
    finish(sum, row, column / 4u, params.n / 4u);
  }
#else
#for e in 0..4
  if (column + {{e}}u < params.n) {
    finish(sum[{{e}}], row, column + {{e}}u, params.n);
  }
#endfor
#endif
#endif
}

#if BIAS_GRAD
fn store_column_sum(sum: vec4f, column: u32, part: u32) {
#if SPLIT
  store_vector(sum, params.m, column, part);
#else
#if WIDE
  if (column < params.n) {
    bias_grad[column / 4u] += sum;
  }
#else
#for e in 0..4
  if (column + {{e}}u < params.n) {
    bias_grad[column + {{e}}u] += sum[{{e}}];
  }
#endfor
#endif
#endif
}
#endif

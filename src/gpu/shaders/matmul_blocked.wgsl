#if QUAD
enable subgroups;
#endif
// Matrix product for adapters where barriers and loads are dear (software): no workgroup memory; four threads share a tile of ROWS x
// 4*WIDTH*VECTORS outputs, each owning every fourth column. With QUAD each loads every fourth row of A, and they hand each other the
// values; without, each loads all. Elements past the edge are computed from whatever robust access returns, and never stored.
// Sums run over k in order, by a * b + c. The loop body is one k on purpose: four k at a time, with fewer loads of A, were slower.
#include "matmul_output.wgsl"

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
#if QUAD
        @builtin(subgroup_invocation_id) invocation: u32) {
  let lane = invocation & 3u;
#else
        @builtin(local_invocation_index) lane: u32) {
#endif
  let tile = group.y * groups.x + group.x;
  if (tile >= params.tiles) {
    return;
  }
  let m = params.m;
  let n = params.n;
  let k = params.k;
  let row0 = (tile / params.tiles_n) * {{ROWS}}u;
  let column0 = (tile % params.tiles_n) * {{4 * WIDTH * VECTORS}}u + lane;

#for r in 0..ROWS
#for v in 0..VECTORS
  var c_{{r}}_{{v}} = vec{{WIDTH}}f();
#endfor
#endfor
#if BIAS_GRAD
#for v in 0..VECTORS
  var column_sum_{{v}} = vec{{WIDTH}}f();
#endfor
#endif
  for (var step_k = 0u; step_k < k; step_k++) {
#if QUAD
#for q in 0..ROWS/4
#if TA
    let quad_{{q}} = a[step_k * m + row0 + lane + {{4 * q}}u];
#else
    let quad_{{q}} = a[(row0 + lane + {{4 * q}}u) * k + step_k];
#endif
#endfor
#endif
#for v in 0..VECTORS
    let b_{{v}} = vec{{WIDTH}}f(
#for w in 0..WIDTH
#if TB
      b[(column0 + {{4 * (WIDTH * v + w)}}u) * k + step_k],
#else
      b[step_k * n + column0 + {{4 * (WIDTH * v + w)}}u],
#endif
#endfor
    );
#if BIAS_GRAD
    column_sum_{{v}} = column_sum_{{v}} + b_{{v}};
#endif
#endfor
#for r in 0..ROWS
#if QUAD
    let a_{{r}} = subgroupBroadcast(quad_{{r / 4}}, {{r % 4}}u);
#else
#if TA
    let a_{{r}} = a[step_k * m + row0 + {{r}}u];
#else
    let a_{{r}} = a[(row0 + {{r}}u) * k + step_k];
#endif
#endif
#for v in 0..VECTORS
    c_{{r}}_{{v}} = c_{{r}}_{{v}} + a_{{r}} * b_{{v}};
#endfor
#endfor
  }

  // From registers through memory, so that the epilogue is compiled once and not for every register.
  var sums: array<f32, {{ROWS * VECTORS * WIDTH}}>;
#for r in 0..ROWS
#for v in 0..VECTORS
#for w in 0..WIDTH
  sums[{{(r * VECTORS + v) * WIDTH + w}}] = c_{{r}}_{{v}}[{{w}}];
#endfor
#endfor
#endfor
  let rows = min({{ROWS}}u, m - row0);
  for (var g = 0u; g < {{VECTORS * WIDTH}}u; g++) {
    let column = column0 + 4u * g;
#if N_EDGE
    if (column >= n) {
      break;
    }
#endif
#if BIAS
    let shift = bias[column];
#endif
    for (var r = 0u; r < rows; r++) {
#if BIAS
      finish_biased(sums[r * {{VECTORS * WIDTH}}u + g] + shift, (row0 + r) * n + column);
#else
      finish_biased(sums[r * {{VECTORS * WIDTH}}u + g], (row0 + r) * n + column);
#endif
    }
  }
#if BIAS_GRAD
  if (row0 == 0u) {
#for v in 0..VECTORS
#for w in 0..WIDTH
    if (column0 + {{4 * (WIDTH * v + w)}}u < n) {
      bias_grad[column0 + {{4 * (WIDTH * v + w)}}u] += column_sum_{{v}}[{{w}}];
    }
#endfor
#endfor
  }
#endif
}

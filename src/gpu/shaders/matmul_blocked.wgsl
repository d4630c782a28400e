#if QUAD
enable subgroups;
#endif
// Matrix product for adapters where barriers and loads are dear (software): no workgroup memory; four threads share a tile of ROWS x
// 4*WIDTH*VECTORS outputs, thread `lane` owning every fourth column, so that each load of B is four neighbours in one access. With
// QUAD the four threads also load A as neighbours and hand each other the values; without, each loads the one value that it needs.
// Elements past the edge are computed from whatever robust access returns, and never stored. Sums run over k in order.
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
#if TB && QUAD
  let odd_x = (lane & 1u) == 1u;
  let odd_y = (lane & 2u) == 2u;
#endif

  var step_k = 0u;
#if TA == 0 && QUAD
  // Four k at a time: lane l holds a[row, k + l].
  let whole_k = k - k % 4u;
  while (step_k < whole_k) {
    let a_at = row0 * k + step_k + lane;
#for r in 0..ROWS
    let a_{{r}} = a[a_at + {{r}}u * k];
#endfor
#for v in 0..VECTORS
#if TB
    // Lane l holds b[column i, k + l]; after two exchanges lane l holds b[column l, k + i].
    let b_at_{{v}} = (column0 - lane + {{4 * WIDTH * v}}u) * k + step_k + lane;
#for i in 0..4
    let e{{i}}_{{v}} = vec{{WIDTH}}f(
#for w in 0..WIDTH
      b[b_at_{{v}} + {{4 * w + i}}u * k],
#endfor
    );
#endfor
    let x01_{{v}} = quadSwapX(select(e1_{{v}}, e0_{{v}}, odd_x));
    let x23_{{v}} = quadSwapX(select(e3_{{v}}, e2_{{v}}, odd_x));
    let f0_{{v}} = select(e0_{{v}}, x01_{{v}}, odd_x);
    let f1_{{v}} = select(x01_{{v}}, e1_{{v}}, odd_x);
    let f2_{{v}} = select(e2_{{v}}, x23_{{v}}, odd_x);
    let f3_{{v}} = select(x23_{{v}}, e3_{{v}}, odd_x);
    let y02_{{v}} = quadSwapY(select(f2_{{v}}, f0_{{v}}, odd_y));
    let y13_{{v}} = quadSwapY(select(f3_{{v}}, f1_{{v}}, odd_y));
    let b0_{{v}} = select(f0_{{v}}, y02_{{v}}, odd_y);
    let b1_{{v}} = select(f1_{{v}}, y13_{{v}}, odd_y);
    let b2_{{v}} = select(y02_{{v}}, f2_{{v}}, odd_y);
    let b3_{{v}} = select(y13_{{v}}, f3_{{v}}, odd_y);
#else
#for i in 0..4
    let b_at{{i}}_{{v}} = (step_k + {{i}}u) * n + column0 + {{4 * WIDTH * v}}u;
    let b{{i}}_{{v}} = vec{{WIDTH}}f(
#for w in 0..WIDTH
      b[b_at{{i}}_{{v}} + {{4 * w}}u],
#endfor
    );
#endfor
#endif
#for i in 0..4
#for r in 0..ROWS
    c_{{r}}_{{v}} = c_{{r}}_{{v}} + quadBroadcast(a_{{r}}, {{i}}u) * b{{i}}_{{v}};
#endfor
#endfor
#endfor
    step_k = step_k + 4u;
  }
#endif

#if !(TA == 0 && QUAD) || K_TAIL
  while (step_k < k) {
#if TA && QUAD
    let a_at = step_k * m + row0 + lane;
#for q in 0..ROWS/4
    let quad_{{q}} = a[a_at + {{4 * q}}u];
#for i in 0..4
    let a_{{4 * q + i}} = quadBroadcast(quad_{{q}}, {{i}}u);
#endfor
#endfor
#else
#for r in 0..ROWS
#if TA
    let a_{{r}} = a[step_k * m + row0 + {{r}}u];
#else
    let a_{{r}} = a[(row0 + {{r}}u) * k + step_k];
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
#for r in 0..ROWS
    c_{{r}}_{{v}} = c_{{r}}_{{v}} + a_{{r}} * b_{{v}};
#endfor
#endfor
    step_k = step_k + 1u;
  }
#endif

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
  for (var r = 0u; r < rows; r++) {
    for (var g = 0u; g < {{VECTORS * WIDTH}}u; g++) {
      let column = column0 + 4u * g;
#if N_EDGE
      if (column < n) {
        finish(sums[r * {{VECTORS * WIDTH}}u + g], row0 + r, column, n);
      }
#else
      finish(sums[r * {{VECTORS * WIDTH}}u + g], row0 + r, column, n);
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

#if QUAD
enable subgroups;
#endif
// Matrix product for adapters where barriers and loads are dear (software): no workgroup memory; four threads share a tile of ROWS x
// 4*COLUMNS outputs. With QUAD each loads every fourth row of A and they pass the values round: of four rows, thread `lane` gets row
// lane ^ s on turn s, and its sums stand in that order, so that nothing is loaded twice and a value costs one quad swap (a broadcast
// is several times dearer on the software adapter). Without QUAD each loads all rows. Elements past the edge are computed from
// whatever robust access returns, and never stored.
// Sums run over k in order, by a * b + c, TURN of k in one turn of the loop: carrying a sum from turn to turn costs more than adding
// to it, but the loop's code must stay within a processor's 32 KiB instruction cache.
// A_TYPE and B_TYPE: TURN elements along k where the stored rows run along k; else one, or 4 with WIDE_A (along the rows of C, ROWS a
// multiple of 16) and WIDE_B (along its columns). WIDE: a thread owns columns in fours, and 4 divides n and COLUMNS. TURN divides k.
// No division in the loop, neither written here nor by arrayLength more often than need be: it is done lane by lane there, and robust
// access computes an array's length in every block of code that reads it, which wide elements make few.
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
  let turns = params.k / {{TURN}}u;
  let row0 = (tile / params.tiles_n) * {{ROWS}}u;
  let tile_column = (tile % params.tiles_n) * {{4 * COLUMNS}}u;
#if WIDE_A
  // Rows of A are counted in vectors here.
  let m4 = m / 4u;
  let row0_4 = row0 / 4u + lane;
#endif
#if WIDE
  let n4 = n / 4u;
  let column0_4 = tile_column / 4u + lane;
  let column0 = tile_column + 4u * lane;
#else
  let column0 = tile_column + lane;
#endif

#for r in 0..ROWS
#for j in 0..COLUMNS
  var c_{{r}}_{{j}} = 0f;
#endfor
#endfor
#if BIAS_GRAD
#for j in 0..COLUMNS
  var column_sum_{{j}} = 0f;
#endfor
#endif
  for (var turn = 0u; turn < turns; turn++) {
    // own_Q_U: this thread's row of four, or, without QUAD, row Q; at the U-th k of this turn.
#if TA
#for u in 0..TURN
#if WIDE_A
#for p in 0..ROWS/16
    let rows_{{p}}_{{u}} = a[(turn * {{TURN}}u + {{u}}u) * m4 + row0_4 + {{4 * p}}u];
#for i in 0..4
    let own_{{4 * p + i}}_{{u}} = rows_{{p}}_{{u}}[{{i}}];
#endfor
#endfor
#else
#if QUAD
#for q in 0..ROWS/4
    let own_{{q}}_{{u}} = a[(turn * {{TURN}}u + {{u}}u) * m + row0 + lane + {{4 * q}}u];
#endfor
#else
#for q in 0..ROWS
    let own_{{q}}_{{u}} = a[(turn * {{TURN}}u + {{u}}u) * m + row0 + {{q}}u];
#endfor
#endif
#endif
#endfor
#else
#for q in 0..ROWS / (QUAD * 3 + 1)
#if QUAD
    let row_{{q}} = a[(row0 + lane + {{4 * q}}u) * turns + turn];
#else
    let row_{{q}} = a[(row0 + {{q}}u) * turns + turn];
#endif
#if TURN == 1
    let own_{{q}}_0 = row_{{q}};
#else
#for u in 0..TURN
    let own_{{q}}_{{u}} = row_{{q}}[{{u}}];
#endfor
#endif
#endfor
#endif
#for r in 0..ROWS
#for u in 0..TURN
#if QUAD == 0
    let a_{{r}}_{{u}} = own_{{r}}_{{u}};
#else
#if r % 4 == 0
    let a_{{r}}_{{u}} = own_{{r / 4}}_{{u}};
#endif
#if r % 4 == 1
    let a_{{r}}_{{u}} = quadSwapX(own_{{r / 4}}_{{u}});
#endif
#if r % 4 == 2
    let a_{{r}}_{{u}} = quadSwapY(own_{{r / 4}}_{{u}});
#endif
#if r % 4 == 3
    let a_{{r}}_{{u}} = quadSwapDiagonal(own_{{r / 4}}_{{u}});
#endif
#endif
#endfor
#endfor
#if WIDE_B
#for u in 0..TURN
#for v in 0..COLUMNS/4
    let columns_{{u}}_{{v}} = b[(turn * {{TURN}}u + {{u}}u) * n4 + column0_4 + {{4 * v}}u];
#for w in 0..4
    let b_{{u}}_{{4 * v + w}} = columns_{{u}}_{{v}}[{{w}}];
#endfor
#endfor
#endfor
#endif
#for j in 0..COLUMNS
#if TB && WIDE
    let column_{{j}} = b[(column0 + {{16 * (j / 4) + j % 4}}u) * turns + turn];
#endif
#if TB && WIDE == 0
    let column_{{j}} = b[(column0 + {{4 * j}}u) * turns + turn];
#endif
#if TB
#if TURN == 1
    let b_0_{{j}} = column_{{j}};
#else
#for u in 0..TURN
    let b_{{u}}_{{j}} = column_{{j}}[{{u}}];
#endfor
#endif
#endif
#if TB == 0 && WIDE_B == 0
#for u in 0..TURN
    let b_{{u}}_{{j}} = b[(turn * {{TURN}}u + {{u}}u) * n + column0 + {{4 * j}}u];
#endfor
#endif
#if BIAS_GRAD
#if TURN == 1
    column_sum_{{j}} = column_sum_{{j}} + b_0_{{j}};
#endif
#if TURN == 2
    column_sum_{{j}} = (column_sum_{{j}} + b_0_{{j}}) + b_1_{{j}};
#endif
#if TURN == 4
    column_sum_{{j}} = (((column_sum_{{j}} + b_0_{{j}}) + b_1_{{j}}) + b_2_{{j}}) + b_3_{{j}};
#endif
#endif
#for r in 0..ROWS
#if TURN == 1
    c_{{r}}_{{j}} = c_{{r}}_{{j}} + b_0_{{j}} * a_{{r}}_0;
#endif
#if TURN == 2
    c_{{r}}_{{j}} = (c_{{r}}_{{j}} + b_0_{{j}} * a_{{r}}_0) + b_1_{{j}} * a_{{r}}_1;
#endif
#if TURN == 4
    c_{{r}}_{{j}} = (((c_{{r}}_{{j}} + b_0_{{j}} * a_{{r}}_0) + b_1_{{j}} * a_{{r}}_1) + b_2_{{j}} * a_{{r}}_2) + b_3_{{j}} * a_{{r}}_3;
#endif
#endfor
#endfor
  }

  // From registers through memory, so that the epilogue is compiled once and not for every register.
#if WIDE
  var sums: array<vec4f, {{ROWS * COLUMNS / 4}}>;
#for r in 0..ROWS
#for v in 0..COLUMNS/4
  sums[{{r * COLUMNS / 4 + v}}] = vec4f(c_{{r}}_{{4 * v}}, c_{{r}}_{{4 * v + 1}}, c_{{r}}_{{4 * v + 2}}, c_{{r}}_{{4 * v + 3}});
#endfor
#endfor
#else
  var sums: array<f32, {{ROWS * COLUMNS}}>;
#for r in 0..ROWS
#for j in 0..COLUMNS
  sums[{{r * COLUMNS + j}}] = c_{{r}}_{{j}};
#endfor
#endfor
#endif
  for (var r = 0u; r < {{ROWS}}u; r++) {
#if QUAD == 0
    let row = row0 + r;
#else
#if WIDE_A
    let row = row0 + (r & ~15u) + 4u * (lane ^ (r & 3u)) + ((r >> 2u) & 3u);
#else
    let row = row0 + (lane ^ r);
#endif
#endif
    if (row >= m) {
      continue;
    }
#if WIDE
#for v in 0..COLUMNS/4
#if N_EDGE
    if (column0_4 + {{4 * v}}u < n4) {
      finish(sums[r * {{COLUMNS / 4}}u + {{v}}u], row, column0_4 + {{4 * v}}u, n4);
    }
#else
    finish(sums[r * {{COLUMNS / 4}}u + {{v}}u], row, column0_4 + {{4 * v}}u, n4);
#endif
#endfor
#else
#for j in 0..COLUMNS
    if (column0 + {{4 * j}}u < n) {
      finish(sums[r * {{COLUMNS}}u + {{j}}u], row, column0 + {{4 * j}}u, n);
    }
#endfor
#endif
  }
#if BIAS_GRAD
  if (row0 == 0u) {
#if WIDE
#for v in 0..COLUMNS/4
    if (column0_4 + {{4 * v}}u < n4) {
      bias_grad[column0_4 + {{4 * v}}u] += vec4f(column_sum_{{4 * v}}, column_sum_{{4 * v + 1}}, column_sum_{{4 * v + 2}}, column_sum_{{4 * v + 3}});
    }
#endfor
#else
#for j in 0..COLUMNS
    if (column0 + {{4 * j}}u < n) {
      bias_grad[column0 + {{4 * j}}u] += column_sum_{{j}};
    }
#endfor
#endif
  }
#endif
}

// Matrix product with few rows (decoding): C[m, n] = epilogue(A op(B)), m = ROWS, at the speed at which B is read: each element of B is loaded
// once and meets all rows in registers.
// A thread takes OWN quads of columns over every SLICES-th run of four k. With SLICES 1 it is alone (software adapters: no barrier);
// else the SLICES threads of a quad of columns add up in workgroup memory by a halving tree. Its own columns are QUADS apart in fours, so that
// neighbouring threads read neighbouring memory: along n where B is [k, n], along k where it is [n, k] (TB).
#include "matmul_output.wgsl"
#include "matmul_load.wgsl" with NAME="a", VECTORS=WIDE_A, ALONG_K=1
#include "matmul_load.wgsl" with NAME="b", VECTORS=WIDE_B, ALONG_K=TB
const WORKGROUP = {{SLICES * QUADS}}u;
const LANE_STRIDE = {{(1 - TB) * QUADS + TB}}u;
alias Reduced = vec4f;
fn combine(a: Reduced, b: Reduced) -> Reduced { return a + b; }
#include "reduce.wgsl" with LANES=SLICES
#include "matmul_quad_store.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let tile = group.y * groups.x + group.x;
  if (tile >= params.tiles) {
    return;
  }
  let k = params.k;
#if TB
  let quad = thread / {{SLICES}}u;
  let slice = thread % {{SLICES}}u;
#else
  let quad = thread % {{QUADS}}u;
  let slice = thread / {{QUADS}}u;
#endif
  let column0 = tile * {{4 * QUADS * OWN}}u + 4u * quad;
#for o in 0..OWN
#for r in 0..ROWS
  var c_{{r}}_{{o}} = vec4f();
#endfor
#endfor
  for (var i = 4u * slice; i < k; i += {{4 * SLICES}}u) {
#for r in 0..ROWS
    let a_{{r}} = load_a({{r}}u, i, k, k);
#endfor
#for o in 0..OWN
    // Of [k, n]: row e is four columns at k + e. Of [n, k]: row e is column e over four k.
#for e in 0..4
#if TB
    let b_{{o}}_{{e}} = load_b(column0 + {{4 * QUADS * o + e}}u, i, k, k);
#else
    let b_{{o}}_{{e}} = load_b(i + {{e}}u, column0 + {{4 * QUADS * o}}u, params.n, k);
#endif
#endfor
#for r in 0..ROWS
#if TB
    c_{{r}}_{{o}} += vec4f(dot(a_{{r}}, b_{{o}}_0), dot(a_{{r}}, b_{{o}}_1), dot(a_{{r}}, b_{{o}}_2), dot(a_{{r}}, b_{{o}}_3));
#else
    c_{{r}}_{{o}} += (a_{{r}}[0] * b_{{o}}_0 + a_{{r}}[1] * b_{{o}}_1) + (a_{{r}}[2] * b_{{o}}_2 + a_{{r}}[3] * b_{{o}}_3);
#endif
#endfor
#endfor
  }
#for o in 0..OWN
#for r in 0..ROWS
  {
    let sum = reduce_lanes(c_{{r}}_{{o}}, thread);
    if (slice == 0u) { store_quad(sum, {{r}}u, column0 + {{4 * QUADS * o}}u); }
  }
#endfor
#endfor
}

// Matrix product with quantised weights: C[m, n] = epilogue(A (scale * codes)^T), codes [n, k] of BITS bits as src/core/quantization/scheme.ts
// lays them out. Weights are unpacked in registers and summed in f32; each vector of four words is loaded once a block of ROWS rows.
// A thread takes four columns over every SLICES-th vector of k, and the slices add up in workgroup memory (SLICES 1: a thread alone, for
// software adapters). Blocks of rows are the workgroups' z. GROUP: vectors that share a scale; a whole row with 8 bits.
// DOT: A comes in 8 bits too, with a scale a row (quantize_rows.wgsl), and products are summed as whole numbers.
#if DOT
requires packed_4x8_integer_dot_product;
#endif
#include "matmul_output.wgsl"
@group(0) @binding({{3 + BIAS + (AUX > 0) + RESIDUAL}}) var<storage, read> scales: array<vec4f>;
#if DOT
@group(0) @binding({{4 + BIAS + (AUX > 0) + RESIDUAL}}) var<storage, read> a_scales: array<f32>;
alias Sum = vec4i;
#else
#include "matmul_load.wgsl" with NAME="a", VECTORS=WIDE_A, ALONG_K=1
#include "weight_codes.wgsl"
alias Sum = vec4f;
#endif
/// Of four words.
const VECTOR_CODES = {{128 / BITS}}u;
const WORKGROUP = {{SLICES * QUADS}}u;
const LANE_STRIDE = 1u;
alias Reduced = Sum;
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
  let vectors = (k + VECTOR_CODES - 1u) / VECTOR_CODES;
  let slice = thread % {{SLICES}}u;
  let quad = tile * {{QUADS}}u + thread / {{SLICES}}u;
  let column0 = 4u * quad;
  let row0 = group.z * {{ROWS}}u;
#for r in 0..ROWS
  var c_{{r}} = Sum();
#endfor
  for (var v = slice; v < vectors; v += {{SLICES}}u) {
#for e in 0..4
    let b_{{e}} = b[(column0 + {{e}}u) * vectors + v];
#endfor
#if DOT
#for r in 0..ROWS
    {
      let x = a[(row0 + {{r}}u) * vectors + v];
#for w in 0..4
      c_{{r}} += vec4i(dot4I8Packed(x[{{w}}], b_0[{{w}}]), dot4I8Packed(x[{{w}}], b_1[{{w}}]), dot4I8Packed(x[{{w}}], b_2[{{w}}]), dot4I8Packed(x[{{w}}], b_3[{{w}}]));
#endfor
    }
#endfor
#else
#if BITS == 4
    let scale = scales[v / {{GROUP}}u * ((params.n + 3u) / 4u) + quad];
#for r in 0..ROWS
    var part_{{r}} = vec4f();
#endfor
#endif
#for w in 0..4
#for h in 0..8/BITS
    {
#for e in 0..4
      let codes_of_{{e}} = codes_{{h}}(b_{{e}}[{{w}}]);
#endfor
#for r in 0..ROWS
      {
        let x = load_a(row0 + {{r}}u, v * VECTOR_CODES + {{w * 32 / BITS + 4 * h}}u, k, k);
        let products = vec4f(dot(x, codes_of_0), dot(x, codes_of_1), dot(x, codes_of_2), dot(x, codes_of_3));
#if BITS == 4
        part_{{r}} += products;
#else
        c_{{r}} += products;
#endif
      }
#endfor
    }
#endfor
#endfor
#if BITS == 4
#for r in 0..ROWS
    c_{{r}} += scale * part_{{r}};
#endfor
#endif
#endif
  }
#for r in 0..ROWS
  {
    let sum = reduce_lanes(c_{{r}}, thread);
    if (slice == 0u && row0 + {{r}}u < params.m) {
#if DOT
      store_quad(vec4f(sum) * (a_scales[row0 + {{r}}u] * scales[quad]), row0 + {{r}}u, column0);
#else
#if BITS == 8
      store_quad(sum * (CODE_UNIT * scales[quad]), row0 + {{r}}u, column0);
#else
      store_quad(sum * CODE_UNIT, row0 + {{r}}u, column0);
#endif
#endif
    }
  }
#endfor
}

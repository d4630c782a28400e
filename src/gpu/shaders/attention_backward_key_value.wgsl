#if QUAD
enable subgroups;
#endif
// Attention backward, the keys' side (Dao et al. 2022, algorithm 4): dV = dropout(P)^T dO, dK = scale dS^T Q with P = exp(S - lse),
// dS = P (dropout(dO V^T) - delta), delta from the queries' side. The query heads of a group add into one dK and dV, in their order.
// Writes the key and value columns of d_qkv and nothing else of it. Here rows of a tile are keys and columns are queries.
// Shapes: include/attention.wgsl. Flags: attention_forward.wgsl.
#include "attention.wgsl"

@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read> d_out: array<Element>;
/// [B, Hq, T], as is delta.
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_qkv: array<Element>;
#if MASK
#include "attention_mask.wgsl" with BINDING=5
#endif
#if DOCUMENTS
#include "attention_documents.wgsl" with BINDING=5
#endif

#include "attention_load.wgsl" with NAME="qkv"
#include "attention_load.wgsl" with NAME="d_out"
#include "attention_store.wgsl" with NAME="d_qkv"

#if TILED
#include "attention_tile_memory.wgsl"
// lse in units of log 2, and delta.
var<workgroup> column_values: array<vec2f, {{COLUMN_TILE}}>;
#if QUADS > CHUNK
var<workgroup> values: array<vec4f, {{VALUE_ROWS * QUADS}}>;
const SOURCE_STRIDE = {{QUADS}}u;
fn source0(index: u32) -> vec4f { return values[index]; }
fn source1(index: u32) -> vec4f { return values[index]; }
#else
// One chunk holds the whole head: queries and dO are there already.
const SOURCE_STRIDE = STRIDE;
fn source0(index: u32) -> vec4f { return columns_b[index]; }
fn source1(index: u32) -> vec4f { return columns_a[index]; }
#endif

@compute @workgroup_size({{THREADS}})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row_tiles = (params.tokens + {{ROW_TILE - 1}}u) / {{ROW_TILE}}u;
  let index = group.y * groups.x + group.x;
  let pair = index / row_tiles;
  if (pair >= params.batch * params.kv_heads) { return; }
  // The first keys have the most queries when causal: they start first.
  let row_start = index % row_tiles * {{ROW_TILE}}u;
  let batch = pair / params.kv_heads;
  let batch_row = batch * params.tokens;
  let heads_per_key = params.heads / params.kv_heads;
  let key_head = params.heads + pair % params.kv_heads;
  let value_head = key_head + params.kv_heads;
  let to_log2 = params.scale * LOG2_E;
#if CAUSAL
  let query_begin = row_start / {{COLUMN_TILE}}u * {{COLUMN_TILE}}u;
#else
  let query_begin = 0u;
#endif
  let query_end = end_query(row_start + {{ROW_TILE - 1}}u);
#include "attention_tile_lanes.wgsl" with ACCUMULATORS=2

  for (var member = 0u; member < heads_per_key; member++) {
    let head = pair % params.kv_heads * heads_per_key + member;
    let statistics = (batch * params.heads + head) * params.tokens;
    for (var query_start = query_begin; query_start < query_end; query_start += {{COLUMN_TILE}}u) {
#for R in 0..ROW_TILE * LANES_X / THREADS
#for C in 0..COLUMN_TILE / LANES_X
      var x{{R}}_{{C}} = 0.0;
      var y{{R}}_{{C}} = 0.0;
#endfor
#endfor
      for (var chunk = 0u; chunk < {{QUADS}}u; chunk += {{CHUNK}}u) {
        workgroupBarrier();
        if (chunk == 0u) {
          for (var i = t; i < {{COLUMN_TILE}}u; i += {{THREADS}}u) {
            let place = statistics + min(query_start + i, params.tokens - 1u);
            column_values[i] = vec2f(lse[place] * LOG2_E, delta[place]);
          }
        }
#if QUADS <= CHUNK
        // One chunk holds the whole head: the rows stay from turn to turn.
        if (member == 0u && query_start == query_begin) {
#else
        {
#endif
#include "attention_tile_load.wgsl" with TO="rows", COUNT=ROW_TILE, START="row_start", QUERIES=0
        }
#include "attention_tile_load.wgsl" with TO="columns", COUNT=COLUMN_TILE, START="query_start", QUERIES=1
        workgroupBarrier();
#include "attention_tile_products.wgsl"
      }
#for C in 0..COLUMN_TILE / LANES_X
      {
        let query = query_start + tx + {{C * LANES_X}}u;
        let value = column_values[tx + {{C * LANES_X}}u];
#for R in 0..ROW_TILE * LANES_X / THREADS
        {
          let key = row_start + ty + {{R * THREADS / LANES_X}}u;
#if WINDOW + DOCUMENTS
          let shown = (query < params.tokens) & (key <= query) & (key >= first_key(batch_row, query));
#else
#if CAUSAL
          let shown = query < params.tokens && key <= query;
#else
          let shown = query < params.tokens && key < params.tokens;
#endif
#endif
#if MASK
          let exponent = select(padded_exponent(value.x), x{{R}}_{{C}} * to_log2 - value.x, is_open(batch_row, key));
#else
          let exponent = x{{R}}_{{C}} * to_log2 - value.x;
#endif
          let p = exp2(select(HIDDEN, exponent, shown));
#if DROPOUT
          let factor = probability_factor(statistics + query, key);
          x{{R}}_{{C}} = p * factor;
          y{{R}}_{{C}} = p * (y{{R}}_{{C}} * factor - value.y);
#else
          x{{R}}_{{C}} = p;
          y{{R}}_{{C}} = p * (y{{R}}_{{C}} - value.y);
#endif
        }
#endfor
      }
#endfor
#for ACC in 0..2
      // {{ACC}}: 0 the probabilities times dO make dV, 1 dS times the queries make dK.
#if ACC == 1
      workgroupBarrier();
#endif
#for R in 0..ROW_TILE * LANES_X / THREADS
#for C in 0..COLUMN_TILE / LANES_X
#if ACC == 0
      tile[(ty + {{R * THREADS / LANES_X}}u) * TILE_STRIDE + (tx + {{C * LANES_X}}u) / 4u][(tx + {{C * LANES_X}}u) % 4u] = x{{R}}_{{C}};
#else
      tile[(ty + {{R * THREADS / LANES_X}}u) * TILE_STRIDE + (tx + {{C * LANES_X}}u) / 4u][(tx + {{C * LANES_X}}u) % 4u] = y{{R}}_{{C}};
#endif
#endfor
#endfor
#if QUADS <= CHUNK
      workgroupBarrier();
      {
        const first = 0u;
        const count = {{COLUMN_TILE}}u;
#else
      for (var first = 0u; first < {{COLUMN_TILE}}u; first += {{VALUE_ROWS}}u) {
        const count = {{VALUE_ROWS}}u;
        workgroupBarrier();
#if ACC == 0
#include "attention_tile_values.wgsl" with START="query_start + first", VALUE="load_d_out(out_start(batch_row + row, head), quad)"
#else
#include "attention_tile_values.wgsl" with START="query_start + first", VALUE="load_qkv(head_start(batch_row + row, head), quad)"
#endif
        workgroupBarrier();
#endif
        const source_stride = SOURCE_STRIDE;
#include "attention_tile_accumulate.wgsl"
      }
#endfor
    }
  }
#for R in 0..ROW_TILE * DEPTH_LANES / THREADS
  {
    let key = row_start + py + {{R * THREADS / DEPTH_LANES}}u;
    if (key < params.tokens) {
#for C in 0..QUADS / DEPTH_LANES
      if (px + {{C * DEPTH_LANES}}u < {{(D + 3) / 4}}u) {
        store_d_qkv(head_start(batch_row + key, value_head), px + {{C * DEPTH_LANES}}u, acc0_{{R}}_{{C}});
        store_d_qkv(head_start(batch_row + key, key_head), px + {{C * DEPTH_LANES}}u, acc1_{{R}}_{{C}} * params.scale);
      }
#endfor
    }
  }
#endfor
}
#else
override workgroup: u32 = 4u;

// With QUAD four threads share what all of them load, and `lane` is a thread's number among them: include/attention_quad_load.wgsl.
@compute @workgroup_size(workgroup)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32,
#if QUAD
        @builtin(subgroup_invocation_id) invocation: u32) {
  let lane = invocation & 3u;
#else
) {
  const lane = 0u;
#endif
  // All threads of a workgroup work on one key head, so that they load the same queries.
  let rows_per_group = workgroup * {{ROWS}}u;
  let row_groups = (params.tokens + rows_per_group - 1u) / rows_per_group;
  let index = group.y * groups.x + group.x;
  let pair = index / row_groups;
  if (pair >= params.batch * params.kv_heads) { return; }
  let group_start = index % row_groups * rows_per_group;
  let batch = pair / params.kv_heads;
  let batch_row = batch * params.tokens;
  let heads_per_key = params.heads / params.kv_heads;
  let key_head = params.heads + pair % params.kv_heads;
  let value_offset = params.kv_heads * HEAD_ELEMENTS;
  let to_log2 = params.scale * LOG2_E;
  let last = params.tokens - 1u;
#for R in 0..ROWS
  let row{{R}} = group_start + t + {{R}}u * workgroup;
  let start{{R}} = head_start(batch_row + min(row{{R}}, last), key_head);
#if MASK
  let open{{R}} = is_open(batch_row, row{{R}});
#endif
#for C in 0..(D + 3) / 4
  let k{{R}}_{{C}} = load_qkv(start{{R}}, {{C}}u ^ lane) * to_log2;
  let v{{R}}_{{C}} = load_qkv(start{{R}} + value_offset, {{C}}u ^ lane);
  var dk{{R}}_{{C}} = vec4f(0.0);
  var dv{{R}}_{{C}} = vec4f(0.0);
#endfor
#endfor
#if CAUSAL
  let query_begin = group_start;
#else
  let query_begin = 0u;
#endif
  let query_end = end_query(group_start + rows_per_group - 1u);
  for (var member = 0u; member < heads_per_key; member++) {
    let head = pair % params.kv_heads * heads_per_key + member;
    let statistics = (batch * params.heads + head) * params.tokens;
    for (var query = query_begin; query < query_end; query++) {
      let query_start = head_start(batch_row + query, head);
      let result_start = out_start(batch_row + query, head);
      let query_lse = lse[statistics + query] * LOG2_E;
      let query_delta = delta[statistics + query];
#for R in 0..ROWS
      var s{{R}} = 0.0;
      var p{{R}} = 0.0;
#endfor
#if QUAD
#for G in 0..D / 16
#include "attention_quad_load.wgsl" with TO="q", FROM="qkv", START="query_start", GROUP=G
#include "attention_quad_load.wgsl" with TO="g", FROM="d_out", START="result_start", GROUP=G
#endfor
#endif
#for C in 0..(D + 3) / 4
#if QUAD == 0
      let q{{C}} = load_qkv(query_start, {{C}}u);
      let g{{C}} = load_d_out(result_start, {{C}}u);
#endif
#for R in 0..ROWS
      s{{R}} = s{{R}} + dot(k{{R}}_{{C}}, q{{C}});
      p{{R}} = p{{R}} + dot(v{{R}}_{{C}}, g{{C}});
#endfor
#endfor
#for R in 0..ROWS
#if WINDOW + DOCUMENTS
      let shown{{R}} = exp2(select(HIDDEN, s{{R}} - query_lse, (row{{R}} <= query) & (row{{R}} >= first_key(batch_row, query))));
#else
#if CAUSAL
      let shown{{R}} = exp2(select(HIDDEN, s{{R}} - query_lse, row{{R}} <= query));
#else
#if MASK
      let shown{{R}} = exp2(select(padded_exponent(query_lse), s{{R}} - query_lse, open{{R}}));
#else
      let shown{{R}} = exp2(s{{R}} - query_lse);
#endif
#endif
#endif
#if DROPOUT
      let factor{{R}} = probability_factor(statistics + query, row{{R}});
      let weight{{R}} = shown{{R}} * factor{{R}};
      let ds{{R}} = shown{{R}} * (p{{R}} * factor{{R}} - query_delta);
#else
      let weight{{R}} = shown{{R}};
      let ds{{R}} = shown{{R}} * (p{{R}} - query_delta);
#endif
#for C in 0..(D + 3) / 4
      dv{{R}}_{{C}} = dv{{R}}_{{C}} + weight{{R}} * g{{C}};
      dk{{R}}_{{C}} = dk{{R}}_{{C}} + ds{{R}} * q{{C}};
#endfor
#endfor
    }
  }
#for R in 0..ROWS
  if (row{{R}} <= last) {
#for C in 0..(D + 3) / 4
    store_d_qkv(start{{R}}, {{C}}u ^ lane, dk{{R}}_{{C}} * params.scale);
    store_d_qkv(start{{R}} + value_offset, {{C}}u ^ lane, dv{{R}}_{{C}});
#endfor
  }
#endfor
}
#endif

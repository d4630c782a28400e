#if QUAD
enable subgroups;
#endif
// Attention backward, the queries' side (Dao et al. 2022, algorithm 4, as split by rows in FlashAttention-2): dQ = scale dS K with
// P = exp(S - lse), dS = P (dropout(dO V^T) - delta). Also writes delta, each row's sum of dO O, which the keys' side reads after it.
// Writes the query columns of d_qkv and nothing else of it. Shapes: include/attention.wgsl. Flags: attention_forward.wgsl.
#include "attention.wgsl"

@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read> out: array<Element>;
@group(0) @binding(2) var<storage, read> d_out: array<Element>;
/// [B, Hq, T], as are lse's.
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> delta: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_qkv: array<Element>;
#if MASK
#include "attention_mask.wgsl" with BINDING=6
#endif
#if DOCUMENTS
#include "attention_documents.wgsl" with BINDING=6
#endif

#include "attention_load.wgsl" with NAME="qkv"
#include "attention_load.wgsl" with NAME="out"
#include "attention_load.wgsl" with NAME="d_out"
#include "attention_store.wgsl" with NAME="d_qkv"

#if TILED
#include "attention_tile_memory.wgsl"
var<workgroup> team_value: array<f32, {{THREADS}}>;
// lse in units of log 2, and delta.
var<workgroup> row_values: array<vec2f, {{ROW_TILE}}>;
#if QUADS > CHUNK
var<workgroup> values: array<vec4f, {{VALUE_ROWS * QUADS}}>;
const SOURCE_STRIDE = {{QUADS}}u;
fn source0(index: u32) -> vec4f { return values[index]; }
#else
// One chunk holds the whole head: the keys are there already.
const SOURCE_STRIDE = STRIDE;
fn source0(index: u32) -> vec4f { return columns_a[index]; }
#endif
// Threads that share a row's sum of dO O.
const TEAM = {{THREADS / ROW_TILE}}u;

@compute @workgroup_size({{THREADS}})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
#include "attention_tile_queries.wgsl"
#include "attention_tile_lanes.wgsl" with ACCUMULATORS=1

  {
    let row = row_start + t / TEAM;
    var sum = 0.0;
    if (row < params.tokens) {
      let start = out_start(batch_row + row, head);
      for (var quad = t % TEAM; quad < {{(D + 3) / 4}}u; quad += TEAM) { sum += dot(load_d_out(start, quad), load_out(start, quad)); }
    }
    team_value[t] = sum;
    workgroupBarrier();
    if (t < {{ROW_TILE}}u) {
      var total = 0.0;
      for (var lane = 0u; lane < TEAM; lane++) { total += team_value[t * TEAM + lane]; }
      var row_lse = 0.0;
      if (row_start + t < params.tokens) {
        let place = pair * params.tokens + row_start + t;
        delta[place] = total;
        row_lse = lse[place];
      }
      row_values[t] = vec2f(row_lse * LOG2_E, total);
    }
    workgroupBarrier();
  }
#for R in 0..ROW_TILE * LANES_X / THREADS
  let row_value{{R}} = row_values[ty + {{R * THREADS / LANES_X}}u];
#endfor

  for (var key_start = key_begin; key_start < key_end; key_start += {{COLUMN_TILE}}u) {
#for R in 0..ROW_TILE * LANES_X / THREADS
#for C in 0..COLUMN_TILE / LANES_X
    var x{{R}}_{{C}} = 0.0;
    var y{{R}}_{{C}} = 0.0;
#endfor
#endfor
    for (var chunk = 0u; chunk < {{QUADS}}u; chunk += {{CHUNK}}u) {
      workgroupBarrier();
#if QUADS <= CHUNK
      // One chunk holds the whole head: the rows stay from turn to turn.
      if (key_start == key_begin) {
#else
      {
#endif
#include "attention_tile_load.wgsl" with TO="rows", COUNT=ROW_TILE, START="row_start", QUERIES=1
      }
#include "attention_tile_load.wgsl" with TO="columns", COUNT=COLUMN_TILE, START="key_start", QUERIES=0
      workgroupBarrier();
#include "attention_tile_products.wgsl"
    }
#for R in 0..ROW_TILE * LANES_X / THREADS
    {
      let row = ty + {{R * THREADS / LANES_X}}u;
#if CAUSAL
      let visible = min(params.tokens, row_start + row + 1u);
#else
      let visible = params.tokens;
#endif
#for C in 0..COLUMN_TILE / LANES_X
      {
        let column = tx + {{C * LANES_X}}u;
#if WINDOW + DOCUMENTS
        let shown = (key_start + column < visible) & (key_start + column >= first_key(batch_row, row_start + row));
#else
        let shown = key_start + column < visible;
#endif
#if MASK
        let padded = padded_exponent(row_value{{R}}.x);
        let exponent = select(padded, x{{R}}_{{C}} * to_log2 - row_value{{R}}.x, is_open(batch_row, key_start + column));
#else
        let exponent = x{{R}}_{{C}} * to_log2 - row_value{{R}}.x;
#endif
        let p = exp2(select(HIDDEN, exponent, shown));
#if DROPOUT
        let d_p = y{{R}}_{{C}} * probability_factor(pair * params.tokens + row_start + row, key_start + column);
#else
        let d_p = y{{R}}_{{C}};
#endif
        tile[row * TILE_STRIDE + column / 4u][column % 4u] = p * (d_p - row_value{{R}}.y);
      }
#endfor
    }
#endfor
#if QUADS <= CHUNK
    workgroupBarrier();
    {
      const first = 0u;
      const count = {{COLUMN_TILE}}u;
#else
    const count = {{VALUE_ROWS}}u;
    for (var first = 0u; first < {{COLUMN_TILE}}u; first += count) {
      workgroupBarrier();
#include "attention_tile_values.wgsl" with START="key_start + first", VALUE="load_qkv(head_start(batch_row + row, key_head), quad)"
      workgroupBarrier();
#endif
      const source_stride = SOURCE_STRIDE;
#for ACC in 0..1
#include "attention_tile_accumulate.wgsl"
#endfor
    }
  }
#for R in 0..ROW_TILE * DEPTH_LANES / THREADS
  {
    let row = row_start + py + {{R * THREADS / DEPTH_LANES}}u;
    if (row < params.tokens) {
#for C in 0..QUADS / DEPTH_LANES
      if (px + {{C * DEPTH_LANES}}u < {{(D + 3) / 4}}u) {
        store_d_qkv(head_start(batch_row + row, head), px + {{C * DEPTH_LANES}}u, acc0_{{R}}_{{C}} * params.scale);
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
#include "attention_blocked_queries.wgsl"
#for R in 0..ROWS
  let row{{R}} = group_start + t + {{R}}u * workgroup;
#if CAUSAL
  let visible{{R}} = min(row{{R}}, last) + 1u;
#else
  let visible{{R}} = params.tokens;
#endif
  let query{{R}} = head_start(batch_row + min(row{{R}}, last), head);
  let result{{R}} = out_start(batch_row + min(row{{R}}, last), head);
  let lse{{R}} = lse[pair * params.tokens + min(row{{R}}, last)] * LOG2_E;
  var delta{{R}} = 0.0;
#for C in 0..(D + 3) / 4
  let q{{R}}_{{C}} = load_qkv(query{{R}}, {{C}}u ^ lane) * to_log2;
  let g{{R}}_{{C}} = load_d_out(result{{R}}, {{C}}u ^ lane);
  var dq{{R}}_{{C}} = vec4f(0.0);
  delta{{R}} = delta{{R}} + dot(g{{R}}_{{C}}, load_out(result{{R}}, {{C}}u ^ lane));
#endfor
#endfor
#if CAUSAL
  let key_end = min(params.tokens, group_start + rows_per_group);
#else
  let key_end = params.tokens;
#endif
  for (var key = first_key(batch_row, group_start); key < key_end; key++) {
    let start = key_element + key * key_stride;
#if MASK
    let open = is_open(batch_row, key);
#endif
#for R in 0..ROWS
    var s{{R}} = 0.0;
    var p{{R}} = 0.0;
#endfor
#if QUAD
#for G in 0..D / 16
#include "attention_quad_load.wgsl" with TO="v", FROM="qkv", START="start + value_offset", GROUP=G
#include "attention_quad_load.wgsl" with TO="k", FROM="qkv", START="start", GROUP=G
#endfor
#endif
#for C in 0..(D + 3) / 4
#if QUAD == 0
    let v{{C}} = load_qkv(start + value_offset, {{C}}u);
    let k{{C}} = load_qkv(start, {{C}}u);
#endif
#for R in 0..ROWS
    s{{R}} = s{{R}} + dot(q{{R}}_{{C}}, k{{C}});
    p{{R}} = p{{R}} + dot(g{{R}}_{{C}}, v{{C}});
#endfor
#endfor
#for R in 0..ROWS
#if DROPOUT
    p{{R}} = p{{R}} * probability_factor(pair * params.tokens + row{{R}}, key);
#endif
#if MASK
    let exponent{{R}} = select(padded_exponent(lse{{R}}), s{{R}} - lse{{R}}, open);
#else
    let exponent{{R}} = s{{R}} - lse{{R}};
#endif
#if WINDOW + DOCUMENTS
    let ds{{R}} = exp2(select(HIDDEN, exponent{{R}}, (key < visible{{R}}) & (key >= first_key(batch_row, row{{R}})))) * (p{{R}} - delta{{R}});
#else
    let ds{{R}} = exp2(select(HIDDEN, exponent{{R}}, key < visible{{R}})) * (p{{R}} - delta{{R}});
#endif
#for C in 0..(D + 3) / 4
    dq{{R}}_{{C}} = dq{{R}}_{{C}} + ds{{R}} * k{{C}};
#endfor
#endfor
  }
#for R in 0..ROWS
  if (row{{R}} <= last) {
    delta[pair * params.tokens + row{{R}}] = delta{{R}};
#for C in 0..(D + 3) / 4
    store_d_qkv(query{{R}}, {{C}}u ^ lane, dq{{R}}_{{C}} * params.scale);
#endfor
  }
#endfor
}
#endif

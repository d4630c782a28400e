#if QUAD
enable subgroups;
#endif
// Attention forward by online softmax (Dao et al. 2022, algorithm 1; Milakov & Gimelshein 2018): out = dropout(softmax(Q K^T scale)) V
// and lse, the log of each row's sum of exp(score), with no T x T matrix in memory. Shapes: include/attention.wgsl.
// Scores are kept in units of log 2, so that every exponential is one exp2.
//
// Flags: D, CAUSAL, WINDOW (where CAUSAL), MASK (where not: keys may be padding), DOCUMENTS (where CAUSAL), DROPOUT; TILED 0: a thread owns ROWS query rows and takes KEYS
// keys a turn, registers only. TILED 1: a workgroup
// of THREADS owns ROW_TILE query rows and takes COLUMN_TILE keys a turn through workgroup memory, D in chunks of CHUNK quads.
#include "attention.wgsl"

@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read_write> out: array<Element>;
/// [B, Hq, T]
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
#if MASK
#include "attention_mask.wgsl" with BINDING=3
#endif
#if DOCUMENTS
#include "attention_documents.wgsl" with BINDING=3
#endif

#include "attention_load.wgsl" with NAME="qkv"
#include "attention_store.wgsl" with NAME="out"

#if TILED
// Threads that share a row's softmax.
const TEAM = {{THREADS / ROW_TILE}}u;
#include "attention_tile_memory.wgsl"
var<workgroup> values: array<vec4f, {{VALUE_ROWS * QUADS}}>;
var<workgroup> team_value: array<f32, {{THREADS}}>;
var<workgroup> row_factor: array<f32, {{ROW_TILE}}>;

fn source0(index: u32) -> vec4f { return values[index]; }

@compute @workgroup_size({{THREADS}})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
#include "attention_tile_queries.wgsl"
#include "attention_tile_lanes.wgsl" with ACCUMULATORS=1
  let team_row = t / TEAM;
  let team_lane = t % TEAM;
  var row_max = HIDDEN;
  // This thread's share of its row's sum of exponentials.
  var row_sum = 0.0;

#if QUADS <= CHUNK
  {
    const chunk = 0u;
#include "attention_tile_load.wgsl" with TO="rows", COUNT=ROW_TILE, START="row_start", QUERIES=1
  }
#endif
  for (var key_start = key_begin; key_start < key_end; key_start += {{COLUMN_TILE}}u) {
#for R in 0..ROW_TILE * LANES_X / THREADS
#for C in 0..COLUMN_TILE / LANES_X
    var x{{R}}_{{C}} = 0.0;
#endfor
#endfor
    for (var chunk = 0u; chunk < {{QUADS}}u; chunk += {{CHUNK}}u) {
      workgroupBarrier();
#if QUADS > CHUNK
#include "attention_tile_load.wgsl" with TO="rows", COUNT=ROW_TILE, START="row_start", QUERIES=1
#endif
#include "attention_tile_load.wgsl" with TO="columns", COUNT=COLUMN_TILE, START="key_start", QUERIES=0
#if VALUE_ROWS == COLUMN_TILE
      if (chunk == 0u) {
#include "attention_tile_values.wgsl" with START="key_start", VALUE="load_qkv(head_start(batch_row + row, value_head), quad)"
      }
#endif
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
        let score = select(PADDED, x{{R}}_{{C}} * to_log2, is_open(batch_row, key_start + column));
#else
        let score = x{{R}}_{{C}} * to_log2;
#endif
        tile[row * TILE_STRIDE + column / 4u][column % 4u] = select(HIDDEN, score, shown);
      }
#endfor
    }
#endfor
    workgroupBarrier();

    var best = HIDDEN;
#for I in 0..COLUMN_TILE * ROW_TILE / 4 / THREADS
    var score{{I}} = tile[team_row * TILE_STRIDE + team_lane + {{I}}u * TEAM];
    best = max(best, max(max(score{{I}}.x, score{{I}}.y), max(score{{I}}.z, score{{I}}.w)));
#endfor
    team_value[t] = best;
    workgroupBarrier();
    // Key 0 is visible to every row and comes in the first turn: from then on new_max is a real score. Where a window hides the first keys, what
    // they leave is multiplied by exp2(HIDDEN - score) = 0 when the first real score comes, at the latest the row's own.
    var new_max = row_max;
    for (var lane = 0u; lane < TEAM; lane++) { new_max = max(new_max, team_value[team_row * TEAM + lane]); }
    let factor = exp2(row_max - new_max);
    row_max = new_max;
    row_sum *= factor;
    if (team_lane == 0u) { row_factor[team_row] = factor; }
#for I in 0..COLUMN_TILE * ROW_TILE / 4 / THREADS
    score{{I}} = exp2(score{{I}} - new_max);
    row_sum += (score{{I}}.x + score{{I}}.y) + (score{{I}}.z + score{{I}}.w);
#if DROPOUT
    {
      let key = key_start + 4u * (team_lane + {{I}}u * TEAM);
      let row = pair * params.tokens + row_start + team_row;
      score{{I}} *= vec4f(probability_factor(row, key), probability_factor(row, key + 1u), probability_factor(row, key + 2u), probability_factor(row, key + 3u));
    }
#endif
    tile[team_row * TILE_STRIDE + team_lane + {{I}}u * TEAM] = score{{I}};
#endfor
    workgroupBarrier();
#for R in 0..ROW_TILE * DEPTH_LANES / THREADS
    let factor{{R}} = row_factor[py + {{R * THREADS / DEPTH_LANES}}u];
#for C in 0..QUADS / DEPTH_LANES
    acc0_{{R}}_{{C}} *= factor{{R}};
#endfor
#endfor
    const source_stride = {{QUADS}}u;
    const count = {{VALUE_ROWS}}u;
    for (var first = 0u; first < {{COLUMN_TILE}}u; first += count) {
#if VALUE_ROWS != COLUMN_TILE
      workgroupBarrier();
#include "attention_tile_values.wgsl" with START="key_start + first", VALUE="load_qkv(head_start(batch_row + row, value_head), quad)"
      workgroupBarrier();
#endif
#for ACC in 0..1
#include "attention_tile_accumulate.wgsl"
#endfor
    }
  }

  workgroupBarrier();
  team_value[t] = row_sum;
  workgroupBarrier();
  if (t < {{ROW_TILE}}u) {
    var sum = 0.0;
    for (var lane = 0u; lane < TEAM; lane++) { sum += team_value[t * TEAM + lane]; }
    row_factor[t] = 1.0 / sum;
    team_value[t * TEAM] = log2(sum) * LN_2;
  }
  workgroupBarrier();
  if (team_lane == 0u && row_start + team_row < params.tokens) {
    lse[pair * params.tokens + row_start + team_row] = row_max * LN_2 + team_value[team_row * TEAM];
  }
#for R in 0..ROW_TILE * DEPTH_LANES / THREADS
  {
    let row = py + {{R * THREADS / DEPTH_LANES}}u;
    if (row_start + row < params.tokens) {
      let inverse = row_factor[row];
#for C in 0..QUADS / DEPTH_LANES
      if (px + {{C * DEPTH_LANES}}u < {{(D + 3) / 4}}u) {
        store_out(out_start(batch_row + row_start + row, head), px + {{C * DEPTH_LANES}}u, acc0_{{R}}_{{C}} * inverse);
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
  var max{{R}} = HIDDEN;
  var sum{{R}} = 0.0;
#for C in 0..(D + 3) / 4
  let q{{R}}_{{C}} = load_qkv(query{{R}}, {{C}}u ^ lane) * to_log2;
  var o{{R}}_{{C}} = vec4f(0.0);
#endfor
#endfor
#if CAUSAL
  let key_end = min(params.tokens, group_start + rows_per_group);
#else
  let key_end = params.tokens;
#endif
  for (var key = first_key(batch_row, group_start); key < key_end; key += {{KEYS}}u) {
#for K in 0..KEYS
    let start{{K}} = key_element + min(key + {{K}}u, last) * key_stride;
#if MASK
    let open{{K}} = is_open(batch_row, key + {{K}}u);
#endif
#if QUAD
#for G in 0..D / 16
#include "attention_quad_load.wgsl" with TO="k{{K}}_", FROM="qkv", START="start{{K}}", GROUP=G
#endfor
#else
#for C in 0..(D + 3) / 4
    let k{{K}}_{{C}} = load_qkv(start{{K}}, {{C}}u);
#endfor
#endif
#for R in 0..ROWS
    var s{{R}}_{{K}} = dot(q{{R}}_0, k{{K}}_0);
#for C in 1..(D + 3) / 4
    s{{R}}_{{K}} = s{{R}}_{{K}} + dot(q{{R}}_{{C}}, k{{K}}_{{C}});
#endfor
#if MASK
    s{{R}}_{{K}} = select(PADDED, s{{R}}_{{K}}, open{{K}});
#endif
#if WINDOW + DOCUMENTS
    s{{R}}_{{K}} = select(HIDDEN, s{{R}}_{{K}}, (key + {{K}}u < visible{{R}}) & (key + {{K}}u >= first_key(batch_row, row{{R}})));
#else
    s{{R}}_{{K}} = select(HIDDEN, s{{R}}_{{K}}, key + {{K}}u < visible{{R}});
#endif
#endfor
#endfor
#for R in 0..ROWS
    var new{{R}} = max{{R}};
#for K in 0..KEYS
    new{{R}} = max(new{{R}}, s{{R}}_{{K}});
#endfor
    let factor{{R}} = exp2(max{{R}} - new{{R}});
    max{{R}} = new{{R}};
    sum{{R}} = sum{{R}} * factor{{R}};
#for K in 0..KEYS
    var p{{R}}_{{K}} = exp2(s{{R}}_{{K}} - new{{R}});
    sum{{R}} = sum{{R}} + p{{R}}_{{K}};
#if DROPOUT
    p{{R}}_{{K}} = p{{R}}_{{K}} * probability_factor(pair * params.tokens + row{{R}}, key + {{K}}u);
#endif
#endfor
#for C in 0..(D + 3) / 4
    o{{R}}_{{C}} = o{{R}}_{{C}} * factor{{R}};
#endfor
#endfor
#for K in 0..KEYS
#if QUAD
#for G in 0..D / 16
#include "attention_quad_load.wgsl" with TO="v{{K}}_", FROM="qkv", START="start{{K}} + value_offset", GROUP=G
#endfor
#endif
#for C in 0..(D + 3) / 4
#if QUAD == 0
    let v{{K}}_{{C}} = load_qkv(start{{K}} + value_offset, {{C}}u);
#endif
#for R in 0..ROWS
    o{{R}}_{{C}} = o{{R}}_{{C}} + p{{R}}_{{K}} * v{{K}}_{{C}};
#endfor
#endfor
#endfor
  }
#for R in 0..ROWS
  if (row{{R}} <= last) {
    let inverse = 1.0 / sum{{R}};
    lse[pair * params.tokens + row{{R}}] = (max{{R}} + log2(sum{{R}})) * LN_2;
#for C in 0..(D + 3) / 4
    store_out(out_start(batch_row + row{{R}}, head), {{C}}u ^ lane, o{{R}}_{{C}} * inverse);
#endfor
  }
#endfor
}
#endif

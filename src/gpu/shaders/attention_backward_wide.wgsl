// Attention backward, as attention_backward_key_value.wgsl, for GPUs with room and heads of a multiple of 32: 64 keys and 32 queries a
// turn on 128 threads, all products in registers. Shapes: include/attention.wgsl. Flags: D, CAUSAL, WINDOW, MASK, DOCUMENTS, DROPOUT, VEC4 1, QUADS D/4, and
// WHOLE 0: a workgroup owns 64 keys of one key head, and writes the key and value columns of d_qkv and nothing else of it.
// WHOLE 1: a workgroup owns one key head with its query heads, and writes all their columns of d_qkv, and delta: the scores are made
//   once for both sides. Each element of dQ gathers over the key tiles, in their order, by one thread of one workgroup.
//
// Thread (tx, ty) owns the scores of queries ty + 8 r and keys tx + 16 c; thread (px, py) the gradients of keys py + 16 c at the quads
// px + 8 o. Arrays are nested so that what differs within a thread is a constant index: one address serves many loads.
#include "attention.wgsl"

@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read> d_out: array<Element>;
/// [B, Hq, T], as is delta.
@group(0) @binding(2) var<storage, read> lse: array<f32>;
#if WHOLE
@group(0) @binding(3) var<storage, read> out: array<Element>;
@group(0) @binding(4) var<storage, read_write> delta: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_qkv: array<Element>;
#if MASK
#include "attention_mask.wgsl" with BINDING=6
#endif
#if DOCUMENTS
#include "attention_documents.wgsl" with BINDING=6
#endif
#else
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_qkv: array<Element>;
#if MASK
#include "attention_mask.wgsl" with BINDING=5
#endif
#if DOCUMENTS
#include "attention_documents.wgsl" with BINDING=5
#endif
#endif

var<workgroup> keys: array<array<array<vec4f, {{QUADS + 1}}>, 16>, 4>;
var<workgroup> queries: array<array<array<vec4f, {{QUADS + 1}}>, 8>, 4>;
var<workgroup> d_outs: array<array<array<vec4f, {{QUADS + 1}}>, 8>, 4>;
// Eight quads of the values: key n at [n / 16][n % 16 / 2][9 (n % 2) + quad]. Then probabilities, then dS: query ty + 8 r at [r][ty], at
// [tx] those of keys tx + 16 (0..3).
var<workgroup> tile: array<array<array<vec4f, 18>, 8>, 4>;
// lse in units of log 2, and delta.
var<workgroup> statistics: array<array<vec2f, 8>, 4>;

fn load_value(batch_row: u32, key: u32, head: u32, quad: u32) -> vec4f {
  if (key < params.tokens) { return qkv[head_start(batch_row + key, head) + quad]; }
  return vec4f();
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let key_tiles = (params.tokens + 63u) / 64u;
  let index = group.y * groups.x + group.x;
#if WHOLE
  let pair = index;
#else
  let pair = index / key_tiles;
#endif
  if (pair >= params.batch * params.kv_heads) { return; }
  let batch = pair / params.kv_heads;
  let batch_row = batch * params.tokens;
  let heads_per_key = params.heads / params.kv_heads;
  let key_head = params.heads + pair % params.kv_heads;
  let value_head = key_head + params.kv_heads;
  let to_log2 = params.scale * LOG2_E;
  let tx = t % 16u;
  let ty = t / 16u;
  let px = t % 8u;
  let py = t / 8u;
#if WHOLE
  let qx = t % {{QUADS}}u;
  let qy = t / {{QUADS}}u;
  // delta: eight threads a row, 64 rows at once, the tile as scratch.
  for (var member = 0u; member < heads_per_key; member++) {
    let head = pair % params.kv_heads * heads_per_key + member;
    for (var start = 0u; start < params.tokens; start += 64u) {
      var sums = vec4f();
#for I in 0..4
      if (start + py + {{16 * I}}u < params.tokens) {
        let place = out_start(batch_row + start + py + {{16 * I}}u, head) + px;
#for O in 0..QUADS / 8
        sums[{{I}}] += dot(d_out[place + {{8 * O}}u], out[place + {{8 * O}}u]);
#endfor
      }
#endfor
      tile[py / 8u][py % 8u][px] = sums;
      workgroupBarrier();
      if (t < 16u) {
        var total = vec4f();
#for X in 0..8
        total += tile[t / 8u][t % 8u][{{X}}];
#endfor
        let place = (batch * params.heads + head) * params.tokens + start + t;
#for I in 0..4
        if (start + t + {{16 * I}}u < params.tokens) { delta[place + {{16 * I}}u] = total[{{I}}]; }
#endfor
      }
      workgroupBarrier();
    }
  }
  storageBarrier();
  for (var key_tile = 0u; key_tile < key_tiles; key_tile++) {
#else
  {
    // The first keys have the most queries when causal: they start first.
    let key_tile = index % key_tiles;
#endif
    let key_start = key_tile * 64u;
#if CAUSAL
    let query_begin = key_start;
#else
    let query_begin = 0u;
#endif
    let query_tiles = (end_query(key_start + 63u) - query_begin + 31u) / 32u;
    let turns = heads_per_key * query_tiles;
#for C in 0..4
#for O in 0..QUADS / 8
    var dk_{{C}}_{{O}} = vec4f();
    var dv_{{C}}_{{O}} = vec4f();
#endfor
#endfor
#for I in 0..QUADS / 4
    var next_query_{{I}} = vec4f();
    var next_d_out_{{I}} = vec4f();
#endfor
#for I in 0..4
    var next_value_{{I}} = vec4f();
#endfor
    var next_statistics = vec2f();
    // The last key tile's products are done with the keys.
    workgroupBarrier();
#for I in 0..QUADS / 2
    {
      let key = (t + {{128 * I}}u) / {{QUADS}}u;
      keys[key / 16u][key % 16u][(t + {{128 * I}}u) % {{QUADS}}u] = load_value(batch_row, key_start + key, key_head, (t + {{128 * I}}u) % {{QUADS}}u);
    }
#endfor

    for (var turn = 0u; turn < turns; turn++) {
      let head = pair % params.kv_heads * heads_per_key + turn / query_tiles;
      let query_start = query_begin + turn % query_tiles * 32u;
#include "attention_wide_load.wgsl"
      workgroupBarrier();
#for I in 0..QUADS / 4
      {
        let row = (t + {{128 * I}}u) / {{QUADS}}u;
        queries[row / 8u][row % 8u][(t + {{128 * I}}u) % {{QUADS}}u] = next_query_{{I}};
        d_outs[row / 8u][row % 8u][(t + {{128 * I}}u) % {{QUADS}}u] = next_d_out_{{I}};
      }
#endfor
#for I in 0..4
      tile[{{I}}][py / 2u][9u * (py % 2u) + px] = next_value_{{I}};
#endfor
      if (t < 32u) { statistics[t / 8u][t % 8u] = next_statistics; }
      workgroupBarrier();

#for R in 0..4
#for C in 0..4
      var x_{{R}}_{{C}} = 0.0;
      var y_{{R}}_{{C}} = 0.0;
#endfor
#endfor
#for PART in 0..QUADS / 8
#if 8 * PART + 8 < QUADS
#for I in 0..4
      let value_{{PART + 1}}_{{I}} = load_value(batch_row, key_start + py + {{16 * I}}u, value_head, px + {{8 * PART + 8}}u);
#endfor
#endif
#if PART == 0
      for (var quad = 0u; quad < {{QUADS}}u; quad++) {
#for R in 0..4
        let a_{{R}} = queries[{{R}}][ty][quad];
#endfor
#for C in 0..4
        let b_{{C}} = keys[{{C}}][tx][quad];
#for R in 0..4
        x_{{R}}_{{C}} = fma(a_{{R}}.w, b_{{C}}.w, fma(a_{{R}}.z, b_{{C}}.z, fma(a_{{R}}.y, b_{{C}}.y, fma(a_{{R}}.x, b_{{C}}.x, x_{{R}}_{{C}}))));
#endfor
#endfor
      }
#else
      workgroupBarrier();
#for I in 0..4
      tile[{{I}}][py / 2u][9u * (py % 2u) + px] = value_{{PART}}_{{I}};
#endfor
      workgroupBarrier();
#endif
      for (var quad = 0u; quad < 8u; quad++) {
#for R in 0..4
        let e_{{R}} = d_outs[{{R}}][ty][quad + {{8 * PART}}u];
#endfor
#for C in 0..4
        let f_{{C}} = tile[{{C}}][tx / 2u][9u * (tx % 2u) + quad];
#for R in 0..4
        y_{{R}}_{{C}} = fma(e_{{R}}.w, f_{{C}}.w, fma(e_{{R}}.z, f_{{C}}.z, fma(e_{{R}}.y, f_{{C}}.y, fma(e_{{R}}.x, f_{{C}}.x, y_{{R}}_{{C}}))));
#endfor
#endfor
      }
#endfor

#for R in 0..4
#for C in 0..4
      x_{{R}}_{{C}} *= to_log2;
#endfor
#endfor
#if WINDOW + DOCUMENTS
      if (query_start < key_start + 63u || key_start < first_key(batch_row, query_start + 31u) || max(query_start + 32u, key_start + 64u) > params.tokens) {
#else
#if CAUSAL
      if (query_start < key_start + 63u || max(query_start + 32u, key_start + 64u) > params.tokens) {
#else
      if (max(query_start + 32u, key_start + 64u) > params.tokens) {
#endif
#endif
#for R in 0..4
        {
          let query = query_start + ty + {{8 * R}}u;
#if CAUSAL
          let visible = select(0u, query + 1u, query < params.tokens);
#else
          let visible = select(0u, params.tokens, query < params.tokens);
#endif
#for C in 0..4
#if WINDOW + DOCUMENTS
          let shown_{{C}} = (key_start + tx + {{16 * C}}u < visible) & (key_start + tx + {{16 * C}}u >= first_key(batch_row, query));
          x_{{R}}_{{C}} = select(HIDDEN, x_{{R}}_{{C}}, shown_{{C}});
#else
          x_{{R}}_{{C}} = select(HIDDEN, x_{{R}}_{{C}}, key_start + tx + {{16 * C}}u < visible);
#endif
#endfor
        }
#endfor
      }
      // The probabilities take the values' place.
      workgroupBarrier();
#if MASK
      let first = key_start + tx;
      let open = vec4<bool>(is_open(batch_row, first), is_open(batch_row, first + 16u), is_open(batch_row, first + 32u), is_open(batch_row, first + 48u));
#endif
#for R in 0..4
      let row_value_{{R}} = statistics[{{R}}][ty];
#if MASK
      let padded_{{R}} = vec4f(padded_exponent(row_value_{{R}}.x));
      let p_{{R}} = exp2(select(padded_{{R}}, vec4f(x_{{R}}_0, x_{{R}}_1, x_{{R}}_2, x_{{R}}_3) - row_value_{{R}}.x, open));
#else
      let p_{{R}} = exp2(vec4f(x_{{R}}_0, x_{{R}}_1, x_{{R}}_2, x_{{R}}_3) - row_value_{{R}}.x);
#endif
#if DROPOUT
      let row_{{R}} = (batch * params.heads + head) * params.tokens + query_start + ty + {{8 * R}}u;
      let key_{{R}} = key_start + tx;
      let factor_{{R}} = vec4f(probability_factor(row_{{R}}, key_{{R}}), probability_factor(row_{{R}}, key_{{R}} + 16u), probability_factor(row_{{R}}, key_{{R}} + 32u), probability_factor(row_{{R}}, key_{{R}} + 48u));
      tile[{{R}}][ty][tx] = p_{{R}} * factor_{{R}};
      let ds_{{R}} = p_{{R}} * (vec4f(y_{{R}}_0, y_{{R}}_1, y_{{R}}_2, y_{{R}}_3) * factor_{{R}} - row_value_{{R}}.y);
#else
      tile[{{R}}][ty][tx] = p_{{R}};
      let ds_{{R}} = p_{{R}} * (vec4f(y_{{R}}_0, y_{{R}}_1, y_{{R}}_2, y_{{R}}_3) - row_value_{{R}}.y);
#endif
#endfor
      workgroupBarrier();
#include "attention_wide_accumulate.wgsl" with INTO="dv", ROWS="d_outs"
      workgroupBarrier();
#for R in 0..4
      tile[{{R}}][ty][tx] = ds_{{R}};
#endfor
      workgroupBarrier();
#include "attention_wide_accumulate.wgsl" with INTO="dk", ROWS="queries"
#if WHOLE
#for R in 0..QUADS / 4
      var dq_{{R}} = vec4f();
#endfor
      for (var i = 0u; i < 16u; i++) {
#for R in 0..QUADS / 4
#if QUADS == 16
        let w_{{R}} = tile[{{R}}][qy][i];
#else
        let w_{{R}} = tile[{{128 / QUADS * R / 8}}u + qy / 8u][qy % 8u][i];
#endif
#endfor
#for C in 0..4
        let k_{{C}} = keys[{{C}}][i][qx];
#for R in 0..QUADS / 4
        dq_{{R}} = fma(vec4f(w_{{R}}[{{C}}]), k_{{C}}, dq_{{R}});
#endfor
#endfor
      }
#for R in 0..QUADS / 4
      {
        let query = query_start + qy + {{128 / QUADS * R}}u;
        if (query < params.tokens) {
          let place = head_start(batch_row + query, head) + qx;
          var before = vec4f();
#if WINDOW
          // Only where the key tile before this one took these queries too.
          if (key_tile > 0u && query_start + 1u < key_start + params.window) { before = d_qkv[place]; }
#else
          // Every query takes the first key tile.
          if (key_tile > 0u) { before = d_qkv[place]; }
#endif
          d_qkv[place] = fma(vec4f(params.scale), dq_{{R}}, before);
        }
      }
#endfor
#endif
    }
#for C in 0..4
    {
      let key = key_start + py + {{16 * C}}u;
      if (key < params.tokens) {
#for O in 0..QUADS / 8
        d_qkv[head_start(batch_row + key, key_head) + px + {{8 * O}}u] = dk_{{C}}_{{O}} * params.scale;
        d_qkv[head_start(batch_row + key, value_head) + px + {{8 * O}}u] = dv_{{C}}_{{O}};
#endfor
      }
    }
#endfor
  }
}

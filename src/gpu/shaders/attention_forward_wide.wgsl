// Attention forward by online softmax, as attention_forward.wgsl, for GPUs with room and heads of a multiple of 32: a thread holds ROWS x
// COLUMNS scores and ROWS x D/8 outputs in registers, and few barriers stand between them. Shapes: include/attention.wgsl.
//
// A workgroup is 8 x LANES_Y threads. Thread (tx, ty) owns the query rows ty + LANES_Y r, the keys tx + 8 c of a tile, the quads tx + 8 o
// of the output. Arrays are nested so that what differs within a thread is a constant index: one address serves many loads. Rows of odd
// length keep neighbouring threads out of each other's banks. Scores are kept in units of log 2: every exponential is one exp2.
// Flags: D, CAUSAL, WINDOW, MASK, DOCUMENTS, DROPOUT, VEC4 1, ROWS, COLUMNS, LANES_Y, QUADS D/4, KEY_ROWS and STRIDE of the tile that keys and probabilities
// share. The next keys are on their way during the second product.
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

const THREADS = {{8 * LANES_Y}}u;
// Query row ty + LANES_Y r at [r][ty].
var<workgroup> queries: array<array<array<vec4f, {{QUADS + 1}}>, {{LANES_Y}}>, {{ROWS}}>;
// Keys: key n of the tile at [n / LANES_Y][n % LANES_Y]. Then probabilities: at [r][ty][tx + 8 h] those of keys tx + 8 (4 h + 0..3).
var<workgroup> keys: array<array<array<vec4f, {{STRIDE}}>, {{LANES_Y}}>, {{KEY_ROWS}}>;
// 32 values of the tile: n at [n / 8][n % 8], so that the four of one quad of probabilities differ in the first index.
var<workgroup> values: array<array<array<vec4f, {{QUADS}}>, 8>, 4>;
// Largest scores of thread (tx, ty), four rows a vector; at the end its sums.
var<workgroup> partial: array<array<array<vec4f, 8>, {{LANES_Y}}>, {{ROWS / 4}}>;

fn load_row(batch_row: u32, row: u32, head: u32, quad: u32) -> vec4f {
  if (row < params.tokens) { return qkv[head_start(batch_row + row, head) + quad]; }
  return vec4f();
}

@compute @workgroup_size({{8 * LANES_Y}})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let row_tiles = (params.tokens + {{ROWS * LANES_Y - 1}}u) / {{ROWS * LANES_Y}}u;
  let index = group.y * groups.x + group.x;
  let pair = index / row_tiles;
  if (pair >= params.batch * params.heads) { return; }
  // The last rows have the most keys when causal: they start first.
  let row_start = (row_tiles - 1u - index % row_tiles) * {{ROWS * LANES_Y}}u;
  let batch_row = pair / params.heads * params.tokens;
  let head = pair % params.heads;
  let key_head = params.heads + head / (params.heads / params.kv_heads);
  let value_head = key_head + params.kv_heads;
  let to_log2 = params.scale * LOG2_E;
  let key_begin = first_key(batch_row, row_start);
#if CAUSAL
  let key_end = min(params.tokens, row_start + {{ROWS * LANES_Y}}u);
  let all_shown = min(params.tokens, row_start + 1u);
#else
  let key_end = params.tokens;
  let all_shown = params.tokens;
#endif
  let tx = t % 8u;
  let ty = t / 8u;
#for I in 0..ROWS * QUADS / 8
  {
    let item = t + {{I}}u * THREADS;
    let row = item / {{QUADS}}u;
    queries[row / {{LANES_Y}}u][row % {{LANES_Y}}u][item % {{QUADS}}u] = to_log2 * load_row(batch_row, row_start + row, head, item % {{QUADS}}u);
  }
#endfor
#for R in 0..ROWS
#for O in 0..QUADS / 8
  var o_{{R}}_{{O}} = vec4f();
#endfor
#endfor
#for G in 0..ROWS / 4
  var row_max_{{G}} = vec4f(HIDDEN);
  // This thread's share of its rows' sums of exponentials.
  var row_sum_{{G}} = vec4f();
#endfor
#for I in 0..COLUMNS * QUADS / LANES_Y
  var next_{{I}} = load_row(batch_row, key_begin + (t + {{I}}u * THREADS) / {{QUADS}}u, key_head, (t + {{I}}u * THREADS) % {{QUADS}}u);
#endfor

  for (var key_start = key_begin; key_start < key_end; key_start += {{8 * COLUMNS}}u) {
#for I in 0..4 * QUADS / LANES_Y
    let value_0_{{I}} = load_row(batch_row, key_start + (t + {{I}}u * THREADS) / {{QUADS}}u, value_head, (t + {{I}}u * THREADS) % {{QUADS}}u);
#endfor
    workgroupBarrier();
#for I in 0..COLUMNS * QUADS / LANES_Y
    {
      let item = t + {{I}}u * THREADS;
      let key = item / {{QUADS}}u;
      keys[key / {{LANES_Y}}u][key % {{LANES_Y}}u][item % {{QUADS}}u] = next_{{I}};
    }
#endfor
#for I in 0..4 * QUADS / LANES_Y
    {
      let item = t + {{I}}u * THREADS;
      values[item / {{8 * QUADS}}u][item / {{QUADS}}u % 8u][item % {{QUADS}}u] = value_0_{{I}};
    }
#endfor
    workgroupBarrier();

#for R in 0..ROWS
#for C in 0..COLUMNS
    var s_{{R}}_{{C}} = 0.0;
#endfor
#endfor
    for (var quad = 0u; quad < {{QUADS}}u; quad++) {
#for R in 0..ROWS
      let a_{{R}} = queries[{{R}}][ty][quad];
#endfor
#for C in 0..COLUMNS
      let b_{{C}} = keys[{{8 * C / LANES_Y}}][{{8 * C % LANES_Y}}u + tx][quad];
#for R in 0..ROWS
      s_{{R}}_{{C}} = fma(a_{{R}}.w, b_{{C}}.w, fma(a_{{R}}.z, b_{{C}}.z, fma(a_{{R}}.y, b_{{C}}.y, fma(a_{{R}}.x, b_{{C}}.x, s_{{R}}_{{C}}))));
#endfor
#endfor
    }
#if MASK
#for C in 0..COLUMNS
    if (!is_open(batch_row, key_start + tx + {{8 * C}}u)) {
#for R in 0..ROWS
      s_{{R}}_{{C}} = PADDED;
#endfor
    }
#endfor
#endif
#if WINDOW + DOCUMENTS
    if (key_start + {{8 * COLUMNS}}u > all_shown || key_start < first_key(batch_row, row_start + {{ROWS * LANES_Y - 1}}u)) {
#else
    if (key_start + {{8 * COLUMNS}}u > all_shown) {
#endif
#for R in 0..ROWS
      {
#if CAUSAL
        let visible = min(params.tokens, row_start + ty + {{R * LANES_Y + 1}}u);
#else
        let visible = params.tokens;
#endif
#for C in 0..COLUMNS
#if WINDOW + DOCUMENTS
        let shown_{{C}} = (key_start + tx + {{8 * C}}u < visible) & (key_start + tx + {{8 * C}}u >= first_key(batch_row, row_start + ty + {{R * LANES_Y}}u));
        s_{{R}}_{{C}} = select(HIDDEN, s_{{R}}_{{C}}, shown_{{C}});
#else
        s_{{R}}_{{C}} = select(HIDDEN, s_{{R}}_{{C}}, key_start + tx + {{8 * C}}u < visible);
#endif
#endfor
      }
#endfor
    }
#for G in 0..ROWS / 4
    var best_{{G}} = vec4f(s_{{4 * G}}_0, s_{{4 * G + 1}}_0, s_{{4 * G + 2}}_0, s_{{4 * G + 3}}_0);
#for C in 1..COLUMNS
    best_{{G}} = max(best_{{G}}, vec4f(s_{{4 * G}}_{{C}}, s_{{4 * G + 1}}_{{C}}, s_{{4 * G + 2}}_{{C}}, s_{{4 * G + 3}}_{{C}}));
#endfor
    partial[{{G}}][ty][tx] = best_{{G}};
#endfor
    // From here on nobody reads the keys: the probabilities take their place.
    workgroupBarrier();
    // Key 0 is visible to every row and comes in the first turn: from then on the maximum is a real score. Windows: attention_forward.wgsl.
#for G in 0..ROWS / 4
    best_{{G}} = row_max_{{G}};
#for X in 0..8
    best_{{G}} = max(best_{{G}}, partial[{{G}}][ty][{{X}}]);
#endfor
    let factor_{{G}} = exp2(row_max_{{G}} - best_{{G}});
    row_max_{{G}} = best_{{G}};
    row_sum_{{G}} *= factor_{{G}};
#endfor
#for R in 0..ROWS
#for H in 0..COLUMNS / 4
    {
      var p = exp2(vec4f(s_{{R}}_{{4 * H}}, s_{{R}}_{{4 * H + 1}}, s_{{R}}_{{4 * H + 2}}, s_{{R}}_{{4 * H + 3}}) - best_{{R / 4}}[{{R % 4}}]);
      row_sum_{{R / 4}}[{{R % 4}}] += (p.x + p.y) + (p.z + p.w);
#if DROPOUT
      let row = pair * params.tokens + row_start + ty + {{R * LANES_Y}}u;
      let key = key_start + tx + {{32 * H}}u;
      p *= vec4f(probability_factor(row, key), probability_factor(row, key + 8u), probability_factor(row, key + 16u), probability_factor(row, key + 24u));
#endif
      keys[{{R}}][ty][tx + {{8 * H}}u] = p;
    }
#endfor
#for O in 0..QUADS / 8
    o_{{R}}_{{O}} *= factor_{{R / 4}}[{{R % 4}}];
#endfor
#endfor
    if (key_start + {{8 * COLUMNS}}u < key_end) {
#for I in 0..COLUMNS * QUADS / LANES_Y
      next_{{I}} = load_row(batch_row, key_start + {{8 * COLUMNS}}u + (t + {{I}}u * THREADS) / {{QUADS}}u, key_head, (t + {{I}}u * THREADS) % {{QUADS}}u);
#endfor
    }
    workgroupBarrier();
#for H in 0..COLUMNS / 4
#if 4 * H + 4 < COLUMNS
#for I in 0..4 * QUADS / LANES_Y
    let value_{{H + 1}}_{{I}} = load_row(batch_row, key_start + {{32 * H + 32}}u + (t + {{I}}u * THREADS) / {{QUADS}}u, value_head, (t + {{I}}u * THREADS) % {{QUADS}}u);
#endfor
#endif
    for (var i = 0u; i < 8u; i++) {
#for R in 0..ROWS
      let p_{{R}} = keys[{{R}}][ty][i + {{8 * H}}u];
#endfor
#for K in 0..4
#for O in 0..QUADS / 8
      let v_{{K}}_{{O}} = values[{{K}}][i][tx + {{8 * O}}u];
#for R in 0..ROWS
      o_{{R}}_{{O}} = fma(vec4f(p_{{R}}[{{K}}]), v_{{K}}_{{O}}, o_{{R}}_{{O}});
#endfor
#endfor
#endfor
    }
#if 4 * H + 4 < COLUMNS
    workgroupBarrier();
#for I in 0..4 * QUADS / LANES_Y
    {
      let item = t + {{I}}u * THREADS;
      values[item / {{8 * QUADS}}u][item / {{QUADS}}u % 8u][item % {{QUADS}}u] = value_{{H + 1}}_{{I}};
    }
#endfor
    workgroupBarrier();
#endif
#endfor
  }

#for G in 0..ROWS / 4
  partial[{{G}}][ty][tx] = row_sum_{{G}};
#endfor
  workgroupBarrier();
#for G in 0..ROWS / 4
  var sum_{{G}} = vec4f();
#for X in 0..8
  sum_{{G}} += partial[{{G}}][ty][{{X}}];
#endfor
  let row_lse_{{G}} = (row_max_{{G}} + log2(sum_{{G}})) * LN_2;
#endfor
#for R in 0..ROWS
  {
    let row = row_start + ty + {{R * LANES_Y}}u;
    if (row < params.tokens) {
      let inverse = 1.0 / sum_{{R / 4}}[{{R % 4}}];
      if (tx == 0u) { lse[pair * params.tokens + row] = row_lse_{{R / 4}}[{{R % 4}}]; }
#for O in 0..QUADS / 8
      out[out_start(batch_row + row, head) + tx + {{8 * O}}u] = o_{{R}}_{{O}} * inverse;
#endfor
    }
  }
#endfor
}

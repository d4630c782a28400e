// What the attention kernels share: their parameters, where a head begins in the packed rows, and the dropout mask.
// It declares no storage: each kernel binds what it needs.
//
// Shapes: B batch, T tokens, Hq query heads, Hkv key/value heads, D head size. qkv [B*T, (Hq + 2 Hkv) D]: a row holds its query
// heads, then its key heads, then its value heads.
struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  kv_heads: u32,
  scale: f32,
#if WINDOW
  /// Keys that a query sees: itself and those before it.
  window: u32,
#endif
#if DROPOUT
  /// The place in the model: hashName of its name.
  dropout_tag: u32,
  dropout_rate: f32,
  /// 1 / (1 - rate)
  dropout_keep_scale: f32,
  /// Query heads of the whole model, and which of them is head 0 here: the mask is counted over the global batch's [B, heads, T, T].
  dropout_total_heads: u32,
  dropout_head_offset: u32,
#endif
}
@group(1) @binding(0) var<uniform> params: Params;

#include "attention_element.wgsl"
const LOG2_E = 1.4426950408889634;
const LN_2 = 0.6931471805599453;
// Stands for a score that the mask hides; finite, since infinities make NaN of differences.
const HIDDEN = -1.0e38;

// The first key that a query of its sequence sees; it never falls from a query to the next. Flag WINDOW: queries see a window of keys instead of all
// before them. DOCUMENTS: keys of their own document. Both ends are compared with `&`: a branch for each score of a tile takes a software
// adapter minutes to compile.
fn first_key(batch_row: u32, query: u32) -> u32 {
#if WINDOW
  let near = max(query + 1u, params.window) - params.window;
#else
  let near = 0u;
#endif
#if DOCUMENTS
  return max(near, mask[batch_row + min(query, params.tokens - 1u)]);
#else
  return near;
#endif
}

// One past the last query that may see the key, where CAUSAL.
fn end_query(key: u32) -> u32 {
#if WINDOW
  return min(params.tokens, key + params.window);
#else
  return params.tokens;
#endif
}

// Where a head of row b*T + t begins in qkv; heads are counted over queries, keys and values.
fn head_start(row: u32, head: u32) -> u32 {
  return (row * (params.heads + 2u * params.kv_heads) + head) * HEAD_ELEMENTS;
}

// Where a query head of row b*T + t begins in out and d_out.
fn out_start(row: u32, head: u32) -> u32 {
  return (row * params.heads + head) * HEAD_ELEMENTS;
}

#if DROPOUT
#include "step.wgsl"
#include "random.wgsl"
#include "dropout.wgsl"

// 0 or 1/(1-p) for the probability of key `key` in row (b Hq + h) T + t: made of the place alone, so forward and backward agree.
fn probability_factor(row: u32, key: u32) -> f32 {
  let sequence = row / (params.heads * params.tokens);
  let heads_before = step.first_row * params.dropout_total_heads + sequence * (params.dropout_total_heads - params.heads) + params.dropout_head_offset;
  let element = (heads_before * params.tokens + row) * params.tokens + key;
  return dropout_factor(params.dropout_tag, element, params.dropout_rate, params.dropout_keep_scale);
}
#endif

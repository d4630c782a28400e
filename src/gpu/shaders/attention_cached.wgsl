// Attention of few query rows over cached keys and values: out = softmax(q K^T scale) V, each row seeing its text up to its own place,
// or with WINDOW the last keys of that alone.
// Shapes: rows [B, T] of qkv [B*T, (Hq + 2 Hkv) D], cache [B, capacity, 2 Hkv D] as append_key_value writes it, out [B*T, Hq D].
// Online softmax (Milakov & Gimelshein 2018), so that keys are read once.
//
// With SPLIT a row's keys are shared out in spans, each taken alone (flash-decoding: Dao et al. 2023): its unscaled sum goes to `parts`, its largest score
// and the sum of its exponentials to `statistics`, and attention_merge.wgsl puts them together.
//
// Flags D, VEC4, WINDOW, SPLIT, LANES. LANES 1: a thread owns a row's head, in registers. Else a workgroup of LANES threads owns it: a thread takes a key's
// score, then, for a share of the keys, a quad of dims of their values.
#include "attention_element.wgsl"
#include "pack.wgsl"
#include "flat.wgsl"
#include "softmax.wgsl"
struct Params {
  batch: u32,
  /// T
  tokens: u32,
  heads: u32,
  kv_heads: u32,
  /// Tokens that a text can have.
  capacity: u32,
  scale: f32,
#if WINDOW
  /// Keys that a row sees: itself and those before it.
  window: u32,
#endif
#if SPLIT
  /// S
  spans: u32,
#endif
}
@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read> cache: array<Element>;
@group(0) @binding(2) var<storage, read> first_positions: array<u32>;
#if SPLIT
/// [B*T, Hq, S, D]
@group(0) @binding(3) var<storage, read_write> parts: array<Element>;
/// [B*T, Hq, S]
@group(0) @binding(4) var<storage, read_write> statistics: array<vec2f>;
#else
@group(0) @binding(3) var<storage, read_write> out: array<Element>;
#endif
@group(1) @binding(0) var<uniform> params: Params;
#include "text_position.wgsl"
#include "attention_load.wgsl" with NAME="qkv"
#include "attention_load.wgsl" with NAME="cache"
#if SPLIT
#include "attention_store.wgsl" with NAME="parts"
#else
#include "attention_store.wgsl" with NAME="out"
#endif

const QUADS = {{(D + 3) / 4}}u;
const LANE_STRIDE = 1u;
override WORKGROUP: u32 = 4;
#if LANES > 1
// Threads that share out the keys when values are added up.
const KEY_LANES = LANES / QUADS;
var<workgroup> query: array<vec4f, QUADS>;
var<workgroup> weights: array<f32, LANES>;
var<workgroup> lane_sums: array<vec4f, LANES>;
#endif

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
#if LANES > 1
  let item = flat_group(group, groups);
#else
  let item = flat_group(group, groups) * WORKGROUP + t;
#endif
#if SPLIT
  let pair = item / params.spans;
#else
  let pair = item;
#endif
  if (pair >= params.batch * params.tokens * params.heads) { return; }
  let row = pair / params.heads;
  let head = pair % params.heads;
  let visible_keys = min(text_position(row) + 1u, params.capacity);
#if WINDOW
  let first_visible = max(visible_keys, params.window) - params.window;
#else
  const first_visible = 0u;
#endif
#if SPLIT
  let unit = params.spans * LANES;
  let span = (visible_keys - first_visible + unit - 1u) / unit * LANES;
  let begin = min(first_visible + item % params.spans * span, visible_keys);
  let keys = min(begin + span, visible_keys);
#else
  let begin = first_visible;
  let keys = visible_keys;
#endif
  let query_start = (row * (params.heads + 2u * params.kv_heads) + head) * HEAD_ELEMENTS;
  let key_stride = 2u * params.kv_heads * HEAD_ELEMENTS;
  let key_start = row / params.tokens * params.capacity * key_stride + head / (params.heads / params.kv_heads) * HEAD_ELEMENTS;
  let value_start = key_start + params.kv_heads * HEAD_ELEMENTS;
  let out_start = item * HEAD_ELEMENTS;
  var running = vec2f(LOWEST, 0.0);
#if LANES > 1
  if (t < QUADS) { query[t] = load_qkv(query_start, t) * params.scale; }
  workgroupBarrier();
  let px = t % QUADS;
  let py = t / QUADS;
  var sum = vec4f(0.0);
  for (var first = begin; first < keys; first += LANES) {
    let visible = first + t < keys;
    var score = LOWEST;
    if (visible) {
      score = 0.0;
      for (var quad = 0u; quad < QUADS; quad++) {
        score += dot(query[quad], load_cache(key_start + (first + t) * key_stride, quad));
      }
    }
    let before = running.x;
    running = combine(running, reduce_lanes(vec2f(score, select(0.0, 1.0, visible)), t));
    weights[t] = select(0.0, exp(score - running.x), visible);
    workgroupBarrier();
    sum *= exp(before - running.x);
    if (py < KEY_LANES) {
      for (var i = py; i < min(LANES, keys - first); i += KEY_LANES) {
        sum += weights[i] * load_cache(value_start + (first + i) * key_stride, px);
      }
    }
  }
  lane_sums[t] = sum;
  workgroupBarrier();
  if (t < QUADS) {
    sum = lane_sums[t];
    for (var i = 1u; i < KEY_LANES; i++) { sum += lane_sums[i * QUADS + t]; }
#if SPLIT
    store_parts(out_start, t, sum);
#else
    store_out(out_start, t, sum / running.y);
#endif
  }
#if SPLIT
  if (t == 0u) { statistics[item] = running; }
#endif
#else
#for C in 0..(D + 3) / 4
  let q{{C}} = load_qkv(query_start, {{C}}u) * params.scale;
  var o{{C}} = vec4f(0.0);
#endfor
  for (var key = begin; key < keys; key++) {
    let start = key * key_stride;
    var score = dot(q0, load_cache(key_start + start, 0u));
#for C in 1..(D + 3) / 4
    score += dot(q{{C}}, load_cache(key_start + start, {{C}}u));
#endfor
    let before = running.x;
    running = combine(running, vec2f(score, 1.0));
    let factor = exp(before - running.x);
    let weight = exp(score - running.x);
#for C in 0..(D + 3) / 4
    o{{C}} = o{{C}} * factor + weight * load_cache(value_start + start, {{C}}u);
#endfor
  }
#if SPLIT
  statistics[item] = running;
#for C in 0..(D + 3) / 4
  store_parts(out_start, {{C}}u, o{{C}});
#endfor
#else
  let inverse = 1.0 / running.y;
#for C in 0..(D + 3) / 4
  store_out(out_start, {{C}}u, o{{C}} * inverse);
#endfor
#endif
#endif
}

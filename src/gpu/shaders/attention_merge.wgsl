// Puts the spans of attention_cached.wgsl together: out = sum_s e^(m_s - m) parts_s / sum_s e^(m_s - m) l_s with m the largest m_s, the spans in their
// order, so that a sum has the same bits each time. A span without keys has m_s = LOWEST and l_s = 0. Source: Dao et al. 2023, flash-decoding.
// Shapes: parts [B*T, Hq, S, D], statistics (m, l) [B*T, Hq, S], out [B*T, Hq D]. A thread takes a quad of dims of a head. Flags D, VEC4.
#include "attention_element.wgsl"
#include "flat.wgsl"
struct Params {
  /// B * T * Hq
  pairs: u32,
  /// S
  spans: u32,
}
@group(0) @binding(0) var<storage, read> parts: array<Element>;
@group(0) @binding(1) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> out: array<Element>;
@group(1) @binding(0) var<uniform> params: Params;
#include "attention_load.wgsl" with NAME="parts"
#include "attention_store.wgsl" with NAME="out"

const QUADS = {{(D + 3) / 4}}u;
const LOWEST = -1e38;
override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let item = flat_group(group, groups) * WORKGROUP + t;
  let pair = item / QUADS;
  if (pair >= params.pairs) { return; }
  let quad = item % QUADS;
  let first = pair * params.spans;
  var largest = LOWEST;
  for (var i = first; i < first + params.spans; i++) { largest = max(largest, statistics[i].x); }
  var total = 0.0;
  var sum = vec4f(0.0);
  for (var i = first; i < first + params.spans; i++) {
    let factor = exp(statistics[i].x - largest);
    total += factor * statistics[i].y;
    sum += factor * load_parts(i * HEAD_ELEMENTS, quad);
  }
  store_out(pair * HEAD_ELEMENTS, quad, sum / total);
}

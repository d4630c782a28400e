// d_wte[v] += sum of d_x over the rows whose token is v: a gather over an index (plans/tokenIndex.ts), in a fixed order, no atomics.
// A workgroup takes STRIP packs of columns of a vocabulary row at a time; its lanes share the row's occurrences, which may be thousands.
// Flags LANES, STRIP, VEC4.
#include "pack.wgsl"
#include "flat.wgsl"
struct Params {
  vocabulary: u32,
  columns: u32,
  /// Vocabulary rows that a workgroup takes in turn: several where most are empty.
  tokens_per_group: u32,
}
/// Row numbers [N] sorted by token; those of token v are at starts[v] .. starts[v + 1].
@group(0) @binding(0) var<storage, read> order: array<u32>;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> d_x: array<Pack>;
@group(0) @binding(3) var<storage, read_write> d_wte: array<Pack>;
@group(1) @binding(0) var<uniform> params: Params;

fn load(place: u32, column: u32) -> Pack {
  return d_x[order[place] * (params.columns / PACK) + column];
}
#include "column_strip.wgsl"

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let packs = params.columns / PACK;
  let strips = (packs + STRIP - 1u) / STRIP;
  let index = flat_group(group, groups);
  let column = (index % strips) * STRIP + local % STRIP;
  let live = column < packs;
  let first = (index / strips) * params.tokens_per_group;
  for (var token = first; token < min(params.vocabulary, first + params.tokens_per_group); token++) {
    let begin = starts[token];
    let end = starts[token + 1u];
    // Most tokens of a large vocabulary do not occur in a batch. Uniform: the whole workgroup skips.
    if (begin != end) {
      let sum = sum_rows_of(column, begin, select(begin, end, live), local);
      if (local < STRIP && live) {
        d_wte[token * packs + column] += sum;
      }
    }
  }
}

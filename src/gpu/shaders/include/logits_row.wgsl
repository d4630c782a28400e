// (largest logit, sum of exp(logit - largest)) of the row of packs [start, end) of `logits`, shared by LANES lanes; all threads of the
// workgroup must call it, those without a row with an empty range. The kernel declares `logits: array<Pack>` and includes softmax.wgsl.
fn largest_and_sum(start: u32, end: u32, lane: u32, local: u32) -> vec2f {
#if LANES == 1
  // A thread alone saves the rescaling: the largest first, then the sum.
  var largest = LOWEST;
  for (var c = start; c < end; c++) {
    largest = max(largest, pack_max(logits[c]));
  }
  var sums = Pack(0.0);
  for (var c = start; c < end; c++) {
    sums += exp(logits[c] - Pack(largest));
  }
  return vec2f(largest, pack_sum(sums));
#else
  var mine = vec2f(LOWEST, 0.0);
  for (var c = start + lane; c < end; c += LANES) {
    mine = take(mine, logits[c]);
  }
  return reduce_lanes(mine, local);
#endif
}

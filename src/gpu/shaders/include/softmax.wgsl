// reduce.wgsl for softmax: (largest value, sum of exp(value - largest)), one pass over the row.
// Source: Milakov and Gimelshein 2018, "Online normalizer calculation for softmax", section 3.
alias Reduced = vec2f;
// Below every logit, finite: minus infinity less itself would be NaN.
const LOWEST = -1e38;

fn combine(a: Reduced, b: Reduced) -> Reduced {
  let largest = max(a.x, b.x);
  return vec2f(largest, a.y * exp(a.x - largest) + b.y * exp(b.x - largest));
}

/// Takes the pack v into the running pair.
fn take(running: Reduced, v: Pack) -> Reduced {
  let largest = max(running.x, pack_max(v));
  return vec2f(largest, running.y * exp(running.x - largest) + pack_sum(exp(v - largest)));
}
#include "reduce.wgsl"

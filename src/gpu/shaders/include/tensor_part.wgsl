// What is known of a part of a tensor, and of two parts together. Non-finite values are counted and left out of all else. Squares of magnitudes
// from 2^40 on are summed apart, scaled by 2^-80, so that any tensor has a root mean square (Blue 1978, with two accumulators).
struct Part {
  low: f32,
  high: f32,
  sum: f32,
  middle: f32,
  large: f32,
  zeros: u32,
  non_finite: u32,
  finite: u32,
}
alias Reduced = Part;
const LARGEST = 0x1.fffffep+127f;

fn nothing() -> Part {
  return Part(LARGEST, -LARGEST, 0.0, 0.0, 0.0, 0u, 0u, 0u);
}

fn combine(a: Reduced, b: Reduced) -> Reduced {
  return Part(
    min(a.low, b.low),
    max(a.high, b.high),
    a.sum + b.sum,
    a.middle + b.middle,
    a.large + b.large,
    a.zeros + b.zeros,
    a.non_finite + b.non_finite,
    a.finite + b.finite,
  );
}
#include "reduce.wgsl"

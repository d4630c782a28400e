// Sums of squares that neither overflow nor lose the common case: magnitudes from 2^40 on are summed apart, scaled by 2^-80.
// Any finite float32 gradient of up to 2^32 elements has a finite norm if the norm itself fits float32. Squares of values below
// about 1e-19 vanish: no clip or display can tell. Source of the split: Blue 1978, "A portable Fortran program to find the
// Euclidean norm of a vector", with two accumulators.
struct NormSums {
  middle: f32,
  large: f32,
  non_finite: u32,
}
alias Reduced = NormSums;
const LARGE = 0x1p+40f;
const DOWN = 0x1p-80f;
const UP = 0x1p+80f;

fn combine(a: Reduced, b: Reduced) -> Reduced {
  return NormSums(a.middle + b.middle, a.large + b.large, a.non_finite + b.non_finite);
}

/// Non-finite elements, known by their exponent bits since WGSL may assume that there are none, are counted and left out of the sum.
fn norm_take(sums: Reduced, bits: PackBits) -> Reduced {
  let bad = (bits & PackBits(0x7f800000u)) == PackBits(0x7f800000u);
  let value = bitcast<Pack>(select(bits, PackBits(0u), bad));
  let is_large = abs(value) >= Pack(LARGE);
  let middle = select(value, Pack(0.0), is_large);
  let large = select(Pack(0.0), value, is_large) * DOWN;
  return NormSums(
    sums.middle + pack_sum(middle * middle),
    sums.large + pack_sum(large * large),
    sums.non_finite + pack_sum_bits(select(PackBits(0u), PackBits(1u), bad)),
  );
}

fn norm_of(sums: Reduced) -> f32 {
  if (sums.large > 0.0) {
    return sqrt(sums.large + sums.middle * DOWN * DOWN) * UP;
  }
  return sqrt(sums.middle);
}
#include "reduce.wgsl"

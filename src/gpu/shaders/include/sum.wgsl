// reduce.wgsl for a sum of f32.
alias Reduced = f32;
fn combine(a: Reduced, b: Reduced) -> Reduced { return a + b; }
#include "reduce.wgsl"

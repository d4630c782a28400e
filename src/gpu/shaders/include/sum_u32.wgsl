// reduce.wgsl for a sum of u32, modulo 2^32.
alias Reduced = u32;
fn combine(a: Reduced, b: Reduced) -> Reduced { return a + b; }
#include "reduce.wgsl"

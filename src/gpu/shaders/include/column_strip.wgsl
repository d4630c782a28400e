// The frame of a sum over the rows of many columns: a workgroup holds STRIP neighbouring packs of columns times LANES lanes, each
// lane sums every LANES-th row, and the lanes are reduced in a fixed order. Threads of a strip load neighbours.
// The kernel declares `fn load(row: u32, column: u32) -> Pack`. Needs pack.wgsl; flags LANES, STRIP; WORKGROUP = LANES * STRIP.
const STRIP = {{STRIP}}u;
const LANE_STRIDE = STRIP;
const WORKGROUP = {{LANES * STRIP}}u;
alias Reduced = Pack;
fn combine(a: Reduced, b: Reduced) -> Reduced { return a + b; }
#include "reduce.wgsl"

/// Sum over rows [begin, end) of load(row, column). All threads of the workgroup must call it; one that has nothing to sum gives
/// an empty range. Eight loads are under way at once: the wait for memory, not the adding, is what costs.
fn sum_rows_of(column: u32, begin: u32, end: u32, local: u32) -> Pack {
  let lane = local / STRIP;
  var row = begin + lane;
#for u in 0..8
  var sum{{u}} = Pack(0.0);
#endfor
  while (row + 7u * LANES < end) {
#for u in 0..8
    sum{{u}} += load(row + {{u}}u * LANES, column);
#endfor
    row += 8u * LANES;
  }
#if LANES > 1
  // At most seven are left; their loads do not wait for each other.
#for u in 0..7
  if (row + {{u}}u * LANES < end) { sum{{u}} += load(row + {{u}}u * LANES, column); }
#endfor
#else
  while (row < end) {
    sum0 += load(row, column);
    row++;
  }
#endif
  return reduce_lanes(((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7)), local);
}

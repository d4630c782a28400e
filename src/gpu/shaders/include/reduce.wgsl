// The one reduction of the lab: combines a value over a team of LANES threads (flag, a power of two) and gives it to all of them.
// The kernel declares `alias Reduced`, `fn combine(a: Reduced, b: Reduced) -> Reduced`, `override WORKGROUP` and
// `const LANE_STRIDE`: thread `local` is lane (local / LANE_STRIDE) % LANES, teams lie side by side in blocks of LANE_STRIDE threads.
// The order is fixed (a halving tree), needs no subgroups, and with LANES 1 costs nothing: no workgroup memory, no barrier.
// Every thread of the workgroup must call it.
const LANES = {{LANES}}u;
#if LANES > 1
var<workgroup> reduce_scratch: array<Reduced, WORKGROUP>;
#endif

fn reduce_lanes(mine: Reduced, local: u32) -> Reduced {
#if LANES > 1
  let lane = (local / LANE_STRIDE) % LANES;
  var value = mine;
  reduce_scratch[local] = value;
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width >>= 1u) {
    if (lane < width) {
      value = combine(value, reduce_scratch[local + width * LANE_STRIDE]);
      reduce_scratch[local] = value;
    }
    workgroupBarrier();
  }
  let result = reduce_scratch[local - lane * LANE_STRIDE];
  // The next call writes where slow threads may still read.
  workgroupBarrier();
  return result;
#else
  return mine;
#endif
}

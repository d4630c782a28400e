// Whether any link of a mesh is emulated: times are then not this machine's own, and the page says so wherever it shows them. Pure.

import type { ParallelConfig } from '../../core/runConfig';

export function isEmulated(parallel: ParallelConfig): boolean {
  return (
    (parallel.dp > 1 && (parallel.dpLatencyMs > 0 || parallel.dpBandwidth > 0)) ||
    (parallel.pp > 1 && (parallel.ppLatencyMs > 0 || parallel.ppBandwidth > 0)) ||
    (parallel.tp > 1 && (parallel.tpLatencyMs > 0 || parallel.tpBandwidth > 0))
  );
}

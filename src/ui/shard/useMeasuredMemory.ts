// What the ranks of the run have allocated, by rank, where the run is one of the set-up that is shown; null where it is not, or there is none.

import { useMemo } from 'react';
import type { MemoryRow } from '../../core/records';
import type { RunConfig } from '../../core/runConfig';
import { meshSize } from '../../parallel/mesh';
import { useMesh } from '../stores/meshStore';
import { useRun } from '../stores/runStore';
import { useSetup } from '../stores/setupStore';

export function useMeasuredMemory(): readonly (readonly MemoryRow[])[] | null {
  const config = useSetup((state) => state.config);
  const running = useRun((state) => state.facts?.config ?? null);
  const single = useRun((state) => state.memory);
  const facts = useMesh((state) => state.facts);
  return useMemo(() => {
    if (running === null || !laidOutAlike(running, config)) return null;
    if (meshSize(config.parallel) === 1) return single.length === 0 ? null : [single];
    if (facts === null || facts.ranks.length !== meshSize(config.parallel)) return null;
    return [...facts.ranks].sort((a, b) => a.rank - b.rank).map(({ memory }) => memory);
  }, [config, running, single, facts]);
}

/** Whether two set-ups lay the same tensors on the same ranks. */
function laidOutAlike(a: RunConfig, b: RunConfig): boolean {
  const train = ['batchSize', 'microBatches', 'sequenceLength', 'optimizer'] as const;
  return (
    JSON.stringify([a.model, a.data.corpus, a.data.tokenizer, a.parallel]) ===
      JSON.stringify([b.model, b.data.corpus, b.data.tokenizer, b.parallel]) &&
    train.every((name) => a.train[name] === b.train[name])
  );
}

// Where the values of a rank's parameters lie in its arenas: whole, or in the parts that it keeps. Pure.

import type { ArenaName } from '../gpu/graph';
import type { MeshRankPlan } from './meshRankPlan';

/** A run of values of a parameter, flat within the rank's own tensor-parallel part of it, and where it lies in an arena as stored. */
export interface StoredRun {
  readonly name: string;
  readonly start: number;
  readonly length: number;
  /** Elements. */
  readonly at: number;
}

/** Everything that a rank stores of an arena. */
export function* storedRuns(plan: MeshRankPlan, arena: ArenaName): Generator<StoredRun> {
  const { layout, stored, parameters } = plan;
  if (stored[arena] < layout.length) {
    yield* shardRuns(plan, ({ offset }) => offset);
    return;
  }
  for (const { name, offset, length } of parameters.values()) yield { name, start: 0, length, at: offset };
}

/** The parts that a rank updates, in an arena that is stored whole. */
export function ownRuns(plan: MeshRankPlan): Generator<StoredRun> {
  return shardRuns(plan, ({ start }) => start);
}

function* shardRuns(
  { parameters, shards }: MeshRankPlan,
  place: (shard: MeshRankPlan['shards'][number]) => number,
): Generator<StoredRun> {
  for (const { name, offset, length } of parameters.values()) {
    for (const own of shards) {
      const from = Math.max(offset, own.start);
      const to = Math.min(offset + length, own.start + own.length);
      if (to > from) yield { name, start: from - offset, length: to - from, at: place(own) + (from - own.start) };
    }
  }
}

// Where the values of a rank's parameters lie in its arenas: whole, or in the parts that it keeps. Pure.

import type { ArenaName } from '../gpu/graph';
import type { LocalParameter } from '../model/shapes/rankState';
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
  const { layout, stored } = plan;
  if (arena === 'frozen') {
    yield* wholeRuns(plan, 'frozen');
    return;
  }
  if (stored[arena] < layout.length) {
    yield* shardRuns(plan, ({ offset }) => offset);
    return;
  }
  yield* wholeRuns(plan, 'parameters');
}

function* wholeRuns({ parameters }: MeshRankPlan, of: LocalParameter['arena']): Generator<StoredRun> {
  for (const { name, offset, length, arena } of parameters.values())
    if (arena === of) yield { name, start: 0, length, at: offset };
}

/** The parts that a rank updates, in an arena that is stored whole. */
export function ownRuns(plan: MeshRankPlan): Generator<StoredRun> {
  return shardRuns(plan, ({ start }) => start);
}

function* shardRuns(
  { parameters, shards }: MeshRankPlan,
  place: (shard: MeshRankPlan['shards'][number]) => number,
): Generator<StoredRun> {
  for (const { name, offset, length, arena } of parameters.values()) {
    if (arena === 'frozen') continue;
    for (const own of shards) {
      const from = Math.max(offset, own.start);
      const to = Math.min(offset + length, own.start + own.length);
      if (to > from) yield { name, start: from - offset, length: to - from, at: place(own) + (from - own.start) };
    }
  }
}

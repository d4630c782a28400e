// The tensors of a rank that can be looked at in a step, and where they lie: what it stores of parameters, their gradients and moments, and what
// its training programs compute. It looks at nothing.

import type { TensorListing } from '../core/insideRecords';
import type { ArenaName } from '../gpu/graph';
import { type ProgramPlan, type TensorPlaces, valuesOf } from '../gpu/program';
import type { RankMemory } from '../gpu/rankMemory';
import type { TensorMoment } from '../gpu/trace';
import type { BoundMeshRank } from './boundMeshRank';
import { BankPlaces } from './meshMemory';
import type { MeshRankPlan } from './meshRankPlan';
import type { RankPlan } from './rankPlan';
import { ownRuns, storedRuns } from './storedRuns';
import { arenaKinds, type WatchablePlace } from './tensorWatch';

function momentPlaces(
  moments: readonly TensorMoment[],
  places: TensorPlaces,
  plan: ProgramPlan,
  slotMap: readonly number[],
): WatchablePlace[] {
  return moments.map(({ tensor, kind, name, after }) => ({
    kind,
    name,
    shape: tensor.shape,
    start: 0,
    range: () => valuesOf(places, plan, slotMap, tensor),
    after,
  }));
}

function arenaPlace(
  memory: RankMemory,
  arena: ArenaName,
  kind: WatchablePlace['kind'],
  {
    name,
    shape,
    start,
    length,
    at,
  }: { name: string; shape: readonly number[]; start: number; length: number; at: number },
): WatchablePlace {
  const range = () => ({ buffer: memory.arena(arena), offset: 4 * at, size: 4 * length });
  return { kind, name, shape, start, range, after: null };
}

/** Of a rank alone: parameters whole. */
export function singlePlaces(plan: RankPlan, memory: RankMemory): WatchablePlace[] {
  const stored = arenaKinds.filter(([arena]) => (plan.memory.arenas[arena] ?? 0) > 0);
  const frozen = plan.frozen ? [...plan.frozen.entries.values()] : [];
  return [
    ...stored.flatMap(([arena, kind]) =>
      [...plan.layout.entries.values()].map((entry) =>
        arenaPlace(memory, arena, kind, { ...entry, start: 0, at: entry.offset }),
      ),
    ),
    ...frozen.map((entry) => arenaPlace(memory, 'frozen', 'parameter', { ...entry, start: 0, at: entry.offset })),
    ...momentPlaces(plan.moments, memory, plan.train, plan.slotMaps.train),
  ];
}

/** Of a rank of a mesh: the parts that it keeps; of what it computes the first of its sets of activations. */
export function meshPlaces(plan: MeshRankPlan, { memory, memoryPlan }: BoundMeshRank): WatchablePlace[] {
  const places: WatchablePlace[] = [];
  for (const [arena, kind] of arenaKinds) {
    if (plan.stored[arena] === 0) continue;
    // With ZeRO 1 the gradient arena is whole, and only the rank's own part of it has the sums.
    const partial = arena === 'gradients' && plan.sharded && plan.stored.gradients === plan.layout.length;
    for (const run of partial ? ownRuns(plan) : storedRuns(plan, arena)) {
      const shape = plan.parameters.get(run.name)?.shape ?? [run.length];
      places.push(arenaPlace(memory, arena, kind, { ...run, shape }));
    }
  }
  for (const { plan: stage, train } of memoryPlan.stages) {
    const bank = new BankPlaces(memory, plan, stage.span.stage, 0);
    places.push(...momentPlaces(stage.moments, bank, train.plan, train.slotMaps[0]));
  }
  return places;
}

/** What can be watched over all ranks, by rank: each tensor once. */
export function listTensors(ranks: readonly (readonly Omit<TensorListing, 'ranks'>[])[]): TensorListing[] {
  const listings = new Map<string, TensorListing & { ranks: number[] }>();
  for (const [rank, places] of ranks.entries()) {
    for (const { kind, name, shape } of places) {
      const key = `${kind} ${name}`;
      const known = listings.get(key);
      if (!known) listings.set(key, { kind, name, shape, ranks: [rank] });
      else if (!known.ranks.includes(rank)) known.ranks.push(rank);
    }
  }
  return [...listings.values()];
}

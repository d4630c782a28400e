// Which part of each unit a rank along dp updates: ZeRO's even shards, the units that an asynchronous service keeps there, or everything. Pure.

import { type ArenaUnit, shardUnits, type UnitShard } from '../core/arena';
import type { ParallelConfig } from '../core/runConfig';
import type { ServicePart } from './planModes';
import { unitOwners } from './strategies/serviceOwners';

type Sharding = Pick<ParallelConfig, 'dp' | 'zero' | 'strategy' | 'asyncService'>;

function owners(units: readonly ArenaUnit[], { dp, asyncService }: Sharding): number[] {
  return unitOwners(
    units.map(({ start, end }) => end - start),
    dp,
    asyncService,
  );
}

/** The parts of rank `index` along dp, one a unit; empty ones have length 0. */
export function unitShards(units: readonly ArenaUnit[], parallel: Sharding, index: number): UnitShard[] {
  if (parallel.strategy === 'async') {
    const ownerOf = owners(units, parallel);
    let offset = 0;
    return units.map((unit, at) => {
      const length = ownerOf[at] === index ? unit.end - unit.start : 0;
      const shard = { unit, start: unit.start, length, offset };
      offset += length;
      return shard;
    });
  }
  const sharded = parallel.zero > 0 && parallel.dp > 1;
  return shardUnits(units, sharded ? parallel.dp : 1, sharded ? index : 0);
}

/** Ranks that own something of the service, and how much. */
export function serviceParts(units: readonly ArenaUnit[], parallel: Sharding): ServicePart[] {
  const bytes = new Map<number, number>();
  owners(units, parallel).forEach((rank, unit) => {
    bytes.set(rank, (bytes.get(rank) ?? 0) + 4 * (units[unit].end - units[unit].start));
  });
  return [...bytes].map(([rank, total]) => ({ rank, bytes: total })).sort((a, b) => a.rank - b.rank);
}

// Which ranks the asynchronous strategy's weights and optimiser state live on, unit by unit. Pure.

import type { AsyncServiceName } from '../../core/runConfig';

/** The rank that orders pulls and pushes; in `rank` it owns all units too, and computes no gradients. */
export const CLOCK_RANK = 0;

/**
 * The owner of each unit. `sharded`: the largest unit first, each to whoever has least so far, the lowest rank where several have.
 * So rank 0 always owns one; ranks beyond the number of units own none.
 */
export function unitOwners(lengths: readonly number[], ranks: number, service: AsyncServiceName): number[] {
  const owners = lengths.map(() => CLOCK_RANK);
  if (service === 'rank') return owners;
  const loads = new Array<number>(ranks).fill(0);
  const largestFirst = lengths
    .map((length, unit) => ({ length, unit }))
    .sort((a, b) => b.length - a.length || a.unit - b.unit);
  for (const { length, unit } of largestFirst) {
    const owner = loads.indexOf(Math.min(...loads));
    owners[unit] = owner;
    loads[owner] += length;
  }
  return owners;
}

/** Ranks that compute gradients. */
export function gradientWorkers(ranks: number, service: AsyncServiceName): number[] {
  const all = Array.from({ length: ranks }, (_, rank) => rank);
  return service === 'rank' ? all.filter((rank) => rank !== CLOCK_RANK) : all;
}

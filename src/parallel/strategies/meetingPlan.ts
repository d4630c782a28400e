// The actions by which replicas that stepped alone come together, and by which a model of their mean is put in place to be looked at.
// Plain data; it computes and sends nothing.

import type { UnitShape } from '../rankShape';
import type { GroupAxis, PlanAction, PlanTensor } from '../stepPlan';
import { OUTER_BYTES, OUTER_FLOPS } from './outerUpdate';

type ChangeTensor = Extract<PlanTensor, { of: 'change' }>;

/**
 * Sums the replicas' changes over dp, parcel by parcel, all beside each other, then makes of the mean what `outcome` says. A rank that
 * has nothing in a parcel leaves it out; so do its peers along dp, which hold the same.
 * @param group the rank's line along dp
 */
export function meetingActions(
  units: readonly UnitShape[],
  buckets: readonly (readonly number[])[],
  group: readonly number[],
  outcome: 'strategy' | 'mean',
): PlanAction[] {
  const sum = (members: readonly number[], of: (unit: UnitShape) => number): number =>
    members.reduce((total, unit) => total + of(units[unit]), 0);
  const exact = outcome === 'mean';
  const everyUnit = units.map((_, unit) => unit);
  const parcels: { readonly tensor: ChangeTensor; readonly bytes: number }[] = [
    ...buckets.map((members, bucket) => ({
      tensor: { of: 'change', bucket, share: 'own', exact } as const,
      bytes: sum(members, ({ bytes, replicatedBytes, tiedBytes }) => bytes - replicatedBytes - tiedBytes),
    })),
    {
      tensor: { of: 'change', bucket: 0, share: 'replicated', exact } as const,
      bytes: sum(everyUnit, ({ replicatedBytes }) => replicatedBytes),
    },
    {
      tensor: { of: 'change', bucket: 0, share: 'tied', exact } as const,
      bytes: sum(everyUnit, ({ tiedBytes }) => tiedBytes),
    },
  ];
  const exchanges = parcels
    .filter(({ bytes }) => bytes > 0)
    .map(({ tensor, bytes }): PlanAction => {
      const axis: GroupAxis = 'dp';
      return { kind: 'allReduce', axis, group, tensor, bank: null, bytes, waitsFor: [], overlaps: true };
    });
  const bytes = sum(everyUnit, (unit) => unit.bytes);
  const waitsFor = exchanges.map((_, index) => index);
  const flops = (OUTER_FLOPS * bytes) / 4;
  const written = (OUTER_BYTES * bytes) / 4;
  return [...exchanges, { kind: 'outerStep', outcome, flops, bytes: written, waitsFor, overlaps: false }];
}

/** Puts a replica's own weights back. */
export function partingActions(units: readonly UnitShape[]): PlanAction[] {
  const bytes = units.reduce((total, unit) => total + unit.bytes, 0);
  return [{ kind: 'outerStep', outcome: 'own', flops: 0, bytes, waitsFor: [], overlaps: false }];
}

// The few numbers that ranks tell each other after their gradients were summed: what the totals are made of, and what each rank's own loss and
// gradients were, so that a step that is not finite can be blamed on who computed it. Pure: it sends nothing.

import type { NonFiniteRank } from '../core/nonFiniteRanks';
import { coordinatesOf, type MeshShape } from '../parallel/mesh';
import type { StepMetrics } from './stepMetrics';

/** As floats, in this order. */
export interface RankScalars {
  /** This rank's part of the loss, nats a token; the same on tensor-parallel peers. */
  readonly loss: number;
  /** Squared norm of the gradients that this rank counts for all who hold them. */
  readonly squaredNorm: number;
  /** Elements that are not finite in the gradients that this rank updates with: sums over others, where they were summed. */
  readonly nonFinite: number;
  /** The same of the gradients that it computed, before others' were added. */
  readonly ownNonFinite: number;
}

/** Floats a rank. */
export const RANK_SCALARS = 4;

export function encodeScalars({ loss, squaredNorm, nonFinite, ownNonFinite }: RankScalars): Float32Array {
  return Float32Array.of(loss, squaredNorm, nonFinite, ownNonFinite);
}

/**
 * Totals over a group of ranks, in its order on all of them.
 * @param all of each rank of the group, one after another
 * @param ranks of the mesh, as the group has them
 */
export function totalScalars(all: Float32Array, ranks: readonly number[], mesh: MeshShape): StepMetrics {
  const totals = { loss: 0, squaredNorm: 0, nonFinite: 0 };
  const rows = ranks.map((rank, index) => {
    const [loss, squaredNorm, nonFinite, ownNonFinite] = all.subarray(RANK_SCALARS * index);
    const at = coordinatesOf(mesh, rank);
    if (at.tp === 0) totals.loss += loss;
    totals.squaredNorm += squaredNorm;
    totals.nonFinite += nonFinite;
    return { rank, ...at, loss: !Number.isFinite(loss), ownNonFinite, nonFinite };
  });
  const own = rows.some(({ loss, ownNonFinite }) => loss || ownNonFinite > 0);
  // Where every rank's own were finite, a sum was not: all who hold it are named.
  const nonFiniteRanks = rows
    .map(
      ({ ownNonFinite, nonFinite, ...row }): NonFiniteRank => ({ ...row, gradients: own ? ownNonFinite : nonFinite }),
    )
    .filter(({ loss, gradients }) => loss || gradients > 0);
  return {
    loss: totals.loss,
    gradientNorm: Math.sqrt(totals.squaredNorm),
    nonFinite: totals.nonFinite,
    ...(nonFiniteRanks.length > 0 ? { nonFiniteRanks } : {}),
  };
}

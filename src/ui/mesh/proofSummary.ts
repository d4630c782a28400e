// What a proof comes down to: the worst of each quantity, replicas that disagree, and all values by their distance. Pure.

import type { ProofReport, ProofRow } from '../../core/meshRecords';

export type ProofQuantity = ProofRow['quantity'];

/** Of its tolerance, the share that a parameter used; above 1 it failed. */
export function toleranceUsed({ maxRelative, tolerance, ok }: ProofRow): number {
  if (tolerance > 0) return maxRelative / tolerance;
  return ok ? 0 : Number.POSITIVE_INFINITY;
}

/** The row that used most of its tolerance; null where there is none of the quantity. */
export function worstRow(rows: readonly ProofRow[], quantity: ProofQuantity): ProofRow | null {
  return rows
    .filter((row) => row.quantity === quantity)
    .reduce<ProofRow | null>((worst, row) => (worst === null || rank(row) > rank(worst) ? row : worst), null);
}

/** Failures before everything else. */
function rank(row: ProofRow): number {
  return row.ok ? toleranceUsed(row) : Number.MAX_VALUE;
}

/** Replicas whose checksums are not all the same. */
export function unequalReplicas({ replicas }: ProofReport): ProofReport['replicas'] {
  return replicas.filter(({ checksums }) => new Set(checksums).size > 1);
}

export interface UlpBin {
  readonly from: number;
  /** Null: open. */
  readonly to: number | null;
  readonly count: number;
  readonly share: number;
}

/** 0, 1, 2-3, 4-7, ... over all parameters of a quantity; empty bins at the far end are left out. */
export function ulpBins(rows: readonly ProofRow[], quantity: ProofQuantity): readonly UlpBin[] {
  const chosen = rows.filter((row) => row.quantity === quantity);
  const length = Math.max(0, ...chosen.map((row) => row.ulpHistogram.length));
  const counts = Array.from({ length }, (_, bin) => chosen.reduce((sum, row) => sum + (row.ulpHistogram[bin] ?? 0), 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const last = counts.findLastIndex((count) => count > 0);
  return counts.slice(0, last + 1).map((count, bin) => ({
    from: bin === 0 ? 0 : 2 ** (bin - 1),
    to: bin === 0 ? 0 : bin === length - 1 ? null : 2 ** bin - 1,
    count,
    share: total === 0 ? 0 : count / total,
  }));
}

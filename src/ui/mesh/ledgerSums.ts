// The ledger of all ranks added up: one line a kind of exchange, with its ranks, and the sum of everything. Pure.

import type { LedgerRow } from '../../core/meshRecords';

export interface LedgerAmounts {
  readonly calls: number;
  readonly messages: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly milliseconds: number;
}

export interface LedgerSum extends LedgerAmounts {
  readonly key: string;
  readonly collective: LedgerRow['collective'];
  readonly axis: string;
  readonly what: string;
  /** In order of rank. */
  readonly ranks: readonly LedgerRow[];
}

/** Most bytes first. */
export function sumLedger(rows: readonly LedgerRow[]): readonly LedgerSum[] {
  const kinds = new Map<string, LedgerRow[]>();
  for (const row of rows) {
    const key = `${row.collective} ${row.axis} ${row.what}`;
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, [row]);
    else known.push(row);
  }
  return [...kinds]
    .flatMap(([key, ofKind]): LedgerSum[] => {
      const ranks = ofKind.sort((a, b) => a.rank - b.rank);
      const [first] = ranks;
      if (first === undefined) return [];
      return [{ key, collective: first.collective, axis: first.axis, what: first.what, ranks, ...sumAmounts(ranks) }];
    })
    .sort((a, b) => b.bytesOut + b.bytesIn - (a.bytesOut + a.bytesIn) || a.key.localeCompare(b.key));
}

export function sumAmounts(rows: readonly LedgerAmounts[]): LedgerAmounts {
  const sum = (name: keyof LedgerAmounts) => rows.reduce((total, row) => total + row[name], 0);
  return {
    calls: sum('calls'),
    messages: sum('messages'),
    bytesOut: sum('bytesOut'),
    bytesIn: sum('bytesIn'),
    milliseconds: sum('milliseconds'),
  };
}

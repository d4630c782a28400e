// What one rank's communication adds up to, per (collective, axis, what). It counts; it must not send or time anything itself.

import type { CollectiveName, LedgerRow } from '../../core/meshRecords';

/** One call of a collective on one rank. */
export interface CallRecord {
  readonly collective: CollectiveName;
  readonly axis: string;
  readonly what: string;
  /** Sent by this rank. */
  readonly messages: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** From start to finish of the call. */
  readonly milliseconds: number;
  /** Of that, with nothing to do until a message came. */
  readonly waitMs: number;
}

/** What `after` has more than `before`, both of one ledger. */
export function ledgerSince(after: readonly LedgerRow[], before: readonly LedgerRow[]): LedgerRow[] {
  const key = ({ collective, axis, what }: LedgerRow): string => `${collective}/${axis}/${what}`;
  const known = new Map(before.map((row) => [key(row), row]));
  return after
    .map((row): LedgerRow => {
      const old = known.get(key(row));
      if (!old) return row;
      return {
        ...row,
        calls: row.calls - old.calls,
        messages: row.messages - old.messages,
        bytesOut: row.bytesOut - old.bytesOut,
        bytesIn: row.bytesIn - old.bytesIn,
        milliseconds: row.milliseconds - old.milliseconds,
      };
    })
    .filter(({ calls }) => calls > 0);
}

export class Ledger {
  /** Summed over all calls; calls that ran at the same time count each. */
  waitMs = 0;
  private readonly byKind = new Map<string, LedgerRow>();

  constructor(private readonly rank: number) {}

  record(call: CallRecord): void {
    const { collective, axis, what } = call;
    const key = `${collective}/${axis}/${what}`;
    const row = this.byKind.get(key);
    this.waitMs += call.waitMs;
    this.byKind.set(key, {
      rank: this.rank,
      collective,
      axis,
      what,
      calls: (row?.calls ?? 0) + 1,
      messages: (row?.messages ?? 0) + call.messages,
      bytesOut: (row?.bytesOut ?? 0) + call.bytesOut,
      bytesIn: (row?.bytesIn ?? 0) + call.bytesIn,
      milliseconds: (row?.milliseconds ?? 0) + call.milliseconds,
    });
  }

  /** In the order of their first call. */
  rows(): LedgerRow[] {
    return [...this.byKind.values()];
  }
}

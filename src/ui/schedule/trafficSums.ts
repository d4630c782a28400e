// Bytes of one step, predicted beside measured: by pair of ranks, and by kind of exchange. Pure.

import type { LedgerRow, PeerTraffic, StepTrace } from '../../core/meshRecords';

export interface TrafficCell {
  readonly from: number;
  readonly to: number;
  /** Null: not known. */
  readonly predicted: number | null;
  readonly measured: number | null;
}

export interface ExchangeLine {
  readonly key: string;
  readonly collective: LedgerRow['collective'];
  readonly axis: string;
  readonly what: string;
  readonly predicted: ExchangeAmounts | null;
  readonly measured: ExchangeAmounts | null;
}

export interface ExchangeAmounts {
  readonly bytesOut: number;
  readonly messages: number;
}

export interface StepTraffic {
  readonly ranks: number;
  /** cells[from][to]. */
  readonly cells: readonly (readonly TrafficCell[])[];
  /** Of one cell, in either account. */
  readonly mostBytes: number;
  /** Most bytes first. */
  readonly lines: readonly ExchangeLine[];
  /** Lines and cells that differ, and by how much the lines do; null where one account is missing. */
  readonly difference: { readonly count: number; readonly bytes: number } | null;
}

export function stepTraffic(ranks: number, predicted: StepTrace | null, measured: StepTrace | null): StepTraffic {
  const [expected, counted] = [matrixOf(ranks, predicted?.sent), matrixOf(ranks, measured?.sent)];
  const cells = Array.from({ length: ranks }, (_, from) =>
    Array.from(
      { length: ranks },
      (__, to): TrafficCell => ({
        from,
        to,
        predicted: expected?.[from]?.[to] ?? null,
        measured: counted?.[from]?.[to] ?? null,
      }),
    ),
  );
  const mostBytes = cells.flat().reduce((most, cell) => Math.max(most, cell.predicted ?? 0, cell.measured ?? 0), 0);
  const lines = linesOf(predicted?.ledger ?? null, measured?.ledger ?? null);
  const apart = lines.map((line) => Math.abs((line.predicted?.bytesOut ?? 0) - (line.measured?.bytesOut ?? 0)));
  const unequalCells = cells.flat().filter((cell) => cell.predicted !== cell.measured).length;
  const difference =
    predicted === null || measured === null
      ? null
      : {
          count: apart.filter((bytes) => bytes > 0).length + unequalCells,
          bytes: apart.reduce((sum, bytes) => sum + bytes, 0),
        };
  return { ranks, cells, mostBytes, lines, difference };
}

function matrixOf(ranks: number, sent: readonly PeerTraffic[] | undefined): number[][] | null {
  if (sent === undefined) return null;
  const matrix = Array.from({ length: ranks }, () => new Array<number>(ranks).fill(0));
  for (const { from, to, bytes } of sent) {
    const row = matrix[from];
    if (row !== undefined && to < ranks) row[to] = (row[to] ?? 0) + bytes;
  }
  return matrix;
}

/** Of all ranks together. What moves nothing between ranks is left out. */
function linesOf(predicted: readonly LedgerRow[] | null, measured: readonly LedgerRow[] | null): ExchangeLine[] {
  const lines = new Map<string, ExchangeLine>();
  const add = (rows: readonly LedgerRow[] | null, account: 'predicted' | 'measured') => {
    for (const { collective, axis, what, bytesOut, messages } of rows ?? []) {
      if (bytesOut === 0) continue;
      const key = `${collective} ${axis} ${what}`;
      const line = lines.get(key) ?? { key, collective, axis, what, predicted: null, measured: null };
      const sum = line[account] ?? { bytesOut: 0, messages: 0 };
      lines.set(key, { ...line, [account]: { bytesOut: sum.bytesOut + bytesOut, messages: sum.messages + messages } });
    }
  };
  add(predicted, 'predicted');
  add(measured, 'measured');
  const most = ({ predicted: expected, measured: counted }: ExchangeLine) =>
    Math.max(expected?.bytesOut ?? 0, counted?.bytesOut ?? 0);
  return [...lines.values()].sort((a, b) => most(b) - most(a) || a.key.localeCompare(b.key));
}

// What panels say of many ranks: the ledger added up, and a proof brought down to its worst.

import { describe, expect, test } from 'vitest';
import type { LedgerRow, ProofReport, ProofRow } from '../../core/meshRecords';
import { sumAmounts, sumLedger } from './ledgerSums';
import { toleranceUsed, ulpBins, unequalReplicas, worstRow } from './proofSummary';

function ledgerRow(rank: number, collective: LedgerRow['collective'], axis: string, bytes: number): LedgerRow {
  const what = 'gradients';
  return { rank, collective, axis, what, calls: 1, messages: 2, bytesOut: bytes, bytesIn: bytes, milliseconds: 3 };
}

test('the ledger has a line a kind of exchange, largest first, with its ranks in order, and loses nothing', () => {
  const rows = [
    ledgerRow(1, 'send', 'pp', 10),
    ledgerRow(1, 'allReduce', 'dp', 40),
    ledgerRow(0, 'allReduce', 'dp', 50),
  ];
  const sums = sumLedger(rows);
  expect(sums.map(({ collective, bytesOut }) => [collective, bytesOut])).toEqual([
    ['allReduce', 90],
    ['send', 10],
  ]);
  expect(sums[0]?.ranks.map(({ rank }) => rank)).toEqual([0, 1]);
  expect(sumAmounts(sums)).toEqual(sumAmounts(rows));
  expect(sumLedger([])).toEqual([]);
});

function proofRow(parameter: string, quantity: ProofRow['quantity'], maxRelative: number, ok = true): ProofRow {
  return { parameter, quantity, maxAbsolute: 1e-9, maxRelative, tolerance: 1e-5, ok, ulpHistogram: [6, 2, 0, 1, 0, 0] };
}

describe('a proof', () => {
  const rows = [proofRow('a', 'gradient', 2e-6), proofRow('b', 'gradient', 8e-6), proofRow('c', 'update', 1e-6)];

  test('the worst of a quantity used most of its tolerance; a failure is worse than any', () => {
    expect(worstRow(rows, 'gradient')?.parameter).toBe('b');
    expect(worstRow([...rows, proofRow('d', 'gradient', 1e-7, false)], 'gradient')?.parameter).toBe('d');
    expect(worstRow([], 'update')).toBeNull();
    expect(toleranceUsed(proofRow('a', 'update', 5e-6))).toBeCloseTo(0.5);
    expect(toleranceUsed({ ...proofRow('a', 'update', 5e-6, false), tolerance: 0 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('replicas are unequal where any checksum differs', () => {
    const report: ProofReport = {
      step: 1,
      rows,
      loss: { mesh: 1, one: 1 },
      replicas: [
        { what: 'x', ranks: [0, 1], checksums: [7, 7] },
        { what: 'y', ranks: [0, 1], checksums: [7, 8] },
      ],
      mergeExact: true,
      ok: false,
    };
    expect(unequalReplicas(report).map(({ what }) => what)).toEqual(['y']);
  });

  test('values by distance: bins double, the last one is open, the empty end is left out', () => {
    const bins = ulpBins(rows, 'gradient');
    expect(bins.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0, 0, 12],
      [1, 1, 4],
      [2, 3, 0],
      [4, 7, 2],
    ]);
    expect(bins.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    const open = ulpBins([{ ...proofRow('a', 'update', 0), ulpHistogram: [1, 1, 1] }], 'update');
    expect(open.at(-1)).toMatchObject({ from: 2, to: null });
    expect(ulpBins([], 'gradient')).toEqual([]);
  });
});

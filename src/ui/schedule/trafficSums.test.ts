import { expect, test } from 'vitest';
import type { LedgerRow, StepTrace } from '../../core/meshRecords';
import { stepTraffic } from './trafficSums';

const row = (rank: number, bytesOut: number, what = 'gradients'): LedgerRow => ({
  rank,
  collective: 'allReduce',
  axis: 'dp',
  what,
  calls: 1,
  messages: 2,
  bytesOut,
  bytesIn: bytesOut,
  milliseconds: 1,
});
const trace = (bytes: number): StepTrace => ({
  step: 4,
  events: [],
  ledger: [row(0, bytes), row(1, bytes), row(0, 8, 'loss and norm')],
  sent: [
    { from: 0, to: 1, bytes: bytes + 8 },
    { from: 1, to: 0, bytes },
  ],
});

test('equal accounts differ nowhere; lines are sums over ranks, most bytes first', () => {
  const traffic = stepTraffic(2, trace(64), trace(64));
  expect(traffic.difference).toEqual({ count: 0, bytes: 0 });
  expect(traffic.mostBytes).toBe(72);
  expect(traffic.cells[0]?.[1]).toEqual({ from: 0, to: 1, predicted: 72, measured: 72 });
  expect(traffic.cells[0]?.[0]).toMatchObject({ predicted: 0, measured: 0 });
  expect(traffic.lines.map(({ what, predicted }) => [what, predicted?.bytesOut, predicted?.messages])).toEqual([
    ['gradients', 128, 4],
    ['loss and norm', 8, 2],
  ]);
});

test('every line and pair that differs is counted; a missing account is no difference', () => {
  expect(stepTraffic(2, trace(64), trace(60)).difference).toEqual({ count: 3, bytes: 8 });
  const alone = stepTraffic(2, trace(64), null);
  expect(alone.difference).toBeNull();
  expect(alone.cells[1]?.[0]).toMatchObject({ predicted: 64, measured: null });
  expect(alone.lines[0]?.measured).toBeNull();
});

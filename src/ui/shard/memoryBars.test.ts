import { expect, test } from 'vitest';
import { kindBytes, mostBytes, totalBytes, worstMiss } from './memoryBars';

const rows = [
  { kind: 'parameters', bytes: 40 },
  { kind: 'inputs', bytes: 3 },
  { kind: 'scratch', bytes: 2 },
  { kind: 'readback', bytes: 1 },
] as const;

test('every kind of memory has a place in a bar, and none is lost', () => {
  const bytes = kindBytes(rows);
  expect(bytes).toEqual({ parameters: 40, gradients: 0, optimizer: 0, activations: 0, gathered: 0, buffers: 6 });
  expect(totalBytes(bytes)).toBe(46);
});

test('one scale for all bars; a miss is counted where both are whole', () => {
  const predicted = kindBytes(rows);
  const measured = kindBytes([{ kind: 'parameters', bytes: 50 }]);
  const bars = [
    { rank: 0, predicted, partial: false, measured },
    { rank: 1, predicted, partial: true, measured: predicted },
    { rank: 2, predicted, partial: false, measured: null },
  ];
  expect(mostBytes(bars)).toBe(50);
  expect(worstMiss(bars)).toBeCloseTo(0.08);
  expect(worstMiss(bars.slice(1))).toBeNull();
});

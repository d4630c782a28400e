import { expect, test } from 'vitest';
import type { Inspection } from './insideRecords';
import { inspectionRows, lensRow } from './inspectionRows';

/** One layer of one head over two tokens; the second has no token after it. */
const inspection: Inspection = {
  ids: Uint32Array.of(4, 7),
  texts: ['a', 'b'],
  vocabulary: new Map([
    [4, 'a'],
    [7, 'b'],
  ]),
  layers: 1,
  heads: 1,
  width: 2,
  attentions: [Float32Array.of(1, 0, 0.25, 0.75)],
  residuals: [Float32Array.of(3, 4, 0, 0), Float32Array.of(0, 1, 2, 0)],
  lens: {
    asked: 'next',
    top: 1,
    tokens: Int32Array.of(7, 4, 7, 7),
    logProbabilities: Float32Array.of(Math.log(0.5), 0, Math.log(0.25), -1),
    entropy: Float32Array.of(0.7, 0, 0.1, 0.2),
    actual: Float32Array.of(Math.log(0.5), Number.NaN, Math.log(0.25), Number.NaN),
    rank: Int32Array.of(0, -1, 3, -1),
  },
  leftOut: 0,
  dropped: 0,
  step: 3,
  milliseconds: 1,
};

test('rows say what was read, place by place', () => {
  const rows = inspectionRows(inspection);
  expect(rows.map(({ row }) => row).join(' ')).toBe('token token attention residual residual lens lens lens lens');
  expect(rows[2]).toEqual({
    row: 'attention',
    layer: 0,
    head: 0,
    weights: [
      [1, 0],
      [0.25, 0.75],
    ],
  });
  expect(rows[3]).toEqual({ row: 'residual', layer: 0, norms: [5, 0] });
  const last = lensRow(inspection, 1, 0);
  expect(last?.top[0]).toMatchObject({ token: 7, text: 'b' });
  expect(last?.top[0].probability).toBeCloseTo(0.25);
  expect(last?.actual?.rank).toBe(3);
  expect(lensRow(inspection, 1, 1)?.actual).toBeNull();
});

test('a model without a vocabulary has no lens', () => {
  expect(lensRow({ ...inspection, lens: null }, 0, 0)).toBeNull();
  expect(inspectionRows({ ...inspection, lens: null }).some(({ row }) => row === 'lens')).toBe(false);
});

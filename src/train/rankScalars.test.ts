// What ranks tell each other after a step: the totals, and who is named where something was not finite.

import { expect, test } from 'vitest';
import { nonFiniteRanksText } from '../core/nonFiniteRanks';
import { type MeshShape, meshSize } from '../parallel/mesh';
import { encodeScalars, type RankScalars, totalScalars } from './rankScalars';

const sound: RankScalars = { loss: 0.5, squaredNorm: 2, nonFinite: 0, ownNonFinite: 0 };

function totals(mesh: MeshShape, changes: Readonly<Record<number, Partial<RankScalars>>>) {
  const ranks = Array.from({ length: meshSize(mesh) }, (_, rank) => rank);
  const all = ranks.flatMap((rank) => [...encodeScalars({ ...sound, ...changes[rank] })]);
  return totalScalars(Float32Array.from(all), ranks, mesh);
}

test('tensor-parallel ranks hold one loss, which counts once; nobody is named where all is finite', () => {
  expect(totals({ dp: 2, pp: 1, tp: 2 }, {})).toEqual({ loss: 1, gradientNorm: Math.sqrt(8), nonFinite: 0 });
});

test('the replica whose own gradients were bad is named, not those who only got the sum', () => {
  const bad = { nonFinite: 7 };
  const { nonFinite, nonFiniteRanks } = totals({ dp: 2, pp: 1, tp: 1 }, { 0: bad, 1: { ...bad, ownNonFinite: 5 } });
  expect(nonFinite).toBe(14);
  expect(nonFiniteRanks).toEqual([{ rank: 1, dp: 1, pp: 0, tp: 0, loss: false, gradients: 5 }]);
});

test('where only a sum overflowed, all who hold it are named', () => {
  const { nonFiniteRanks = [] } = totals({ dp: 2, pp: 2, tp: 1 }, { 2: { nonFinite: 3 }, 3: { nonFinite: 3 } });
  expect(nonFiniteRanks.map(({ rank, pp, gradients }) => [rank, pp, gradients])).toEqual([
    [2, 1, 3],
    [3, 1, 3],
  ]);
});

test('a loss is named with its rank, and tensor-parallel peers in one breath', () => {
  const { loss, nonFiniteRanks = [] } = totals(
    { dp: 2, pp: 2, tp: 2 },
    { 6: { loss: Number.NaN, ownNonFinite: 1000, nonFinite: 1000 }, 7: { loss: Number.NaN }, 2: { ownNonFinite: 2 } },
  );
  expect(loss).toBeNaN();
  expect(nonFiniteRanksText(nonFiniteRanks)).toBe(
    'rank 2 (dp=1, pp=0, tp=0): 2 gradient elements; ranks 6, 7 (dp=1, pp=1, tp=0, 1): the loss and 1,000 gradient elements',
  );
});

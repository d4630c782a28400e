// Products with quantised weights on the device: a sample of the family's checks (all of them are `verify`'s).

import { expect, test } from 'vitest';
import { quantizedFamily } from '../../check/kernels/quantizedCases';
import { verifyKernels } from '../../check/verify';
import { testDevice } from '../../testing/testDevice';

const lab = testDevice('adapter');

test.each([
  'blocked int8 3x36x261',
  'blocked int4 g32 9x20x100',
  'tiled int8 19x33x64',
  'tiled int4 g32 1x68x515',
  'dot 11x20x37',
])('%s', async (only) => {
  const { rows } = await verifyKernels(lab.gpu, { only }, () => undefined, [quantizedFamily]);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ ok }) => !ok)).toEqual([]);
});

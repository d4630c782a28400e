// That any mesh trains as one worker does: gradients, losses, norms and weights against the float64 twin, for every way of dividing the work.

import { expect, test } from 'vitest';
import type { ParallelConfig } from '../core/runConfig';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import { type TinyRun, TinyTwin, tinyModel, tinyTrain } from '../testing/tinyRun';

const lab = testDevice('adapter');

const model = { ...tinyModel, n_layer: 4 };
const train = { ...tinyTrain, batchSize: 4, microBatches: 1 };

const meshes: readonly { readonly parallel: Partial<ParallelConfig>; readonly microBatches?: number }[] = [
  { parallel: { dp: 2 } },
  { parallel: { dp: 4 } },
  { parallel: { dp: 2, bucketKib: 1 }, microBatches: 2 },
  { parallel: { pp: 2, schedule: 'gpipe' }, microBatches: 4 },
  { parallel: { pp: 2, schedule: '1f1b' }, microBatches: 4 },
  { parallel: { pp: 2, schedule: 'interleaved-1f1b', stagesPerRank: 2 }, microBatches: 2 },
  { parallel: { pp: 2, schedule: 'interleaved-zero-bubble', stagesPerRank: 2 }, microBatches: 2 },
  { parallel: { pp: 2, schedule: 'zbv', stagesPerRank: 2 }, microBatches: 4 },
  { parallel: { tp: 2 } },
  { parallel: { dp: 2, zero: 1 } },
  { parallel: { dp: 2, zero: 2 }, microBatches: 2 },
  { parallel: { dp: 2, zero: 3 }, microBatches: 2 },
  { parallel: { dp: 2, tp: 2, zero: 3 } },
  { parallel: { dp: 2, pp: 2, tp: 2 }, microBatches: 2 },
];

function text({ parallel, microBatches = 1 }: (typeof meshes)[number]): string {
  return [...Object.entries(parallel).map(([key, value]) => `${key} ${value}`), `micro-batches ${microBatches}`].join(
    ', ',
  );
}

test.each(meshes.map((mesh) => [text(mesh), mesh] as const))('%s', async (_, { parallel, microBatches = 1 }) => {
  const run: TinyRun = { model, train: { ...train, microBatches } };
  const twin = new TinyTwin(run);
  const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', run, parallel);
  try {
    const [first] = await mesh.run('gradients', 0);
    const wanted = twin.gradients(0);
    expect(first.loss).toBeCloseTo(wanted.loss, 4);
    const gradients = await mesh.merged('gradients');
    for (const [name, values] of wanted.gradients) {
      const actual = gradients.get(name);
      const largest = largestMagnitude(values);
      expect(actual, name).toBeDefined();
      // A key bias has no gradient but rounding: nothing relative can be said of it.
      if (actual) expect(largestDifference(actual, values), name).toBeLessThan(1e-4 * largest + 1e-7);
    }
    for (let step = 0; step < 3; step++) {
      const [metrics, ...others] = await mesh.run('train', step);
      const expected = twin.step(step);
      expect(metrics.loss).toBeCloseTo(expected.loss, 3);
      expect(Math.abs(metrics.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(1e-3);
      for (const other of others) expect(other).toEqual(metrics);
    }
  } finally {
    mesh.destroy();
  }
});

// Documents kept apart: the twin's gradients, those of one worker over meshes, and nothing of an earlier document in a later one's loss.

import { expect, test } from 'vitest';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import {
  buildTinyRank,
  startTinyRank,
  type TinyRun,
  TinyTwin,
  tinyInputs,
  tinyModel,
  tinyTokens,
  tinyTrain,
} from '../testing/tinyRun';

const lab = testDevice('adapter');
/** Documents of 1 to 9 tokens. */
const starts = Uint32Array.from({ length: 100 }, (_, i) => 5 * i - (i % 5));
const data = {
  trainTokens: tinyTokens,
  validationTokens: tinyTokens,
  trainDocuments: starts,
  validationDocuments: starts,
  rowOrder: 'sequences',
} as const;
const apart: TinyRun = { model: tinyModel, train: { ...tinyTrain, documents: 'apart' }, data };
const joined: TinyRun = { ...apart, train: { ...tinyTrain, documents: 'joined' } };

test('one worker has the twin’s loss and gradients, and another loss than with documents joined', async () => {
  const rank = await buildTinyRank(lab.gpu, lab.cache, 'blocked', apart);
  try {
    startTinyRank(rank, apart);
    const loss = await rank.gradients(tinyInputs(apart, 0));
    const gradients = await rank.readArena('gradients');
    const twin = new TinyTwin(apart).gradients(0);
    expect(loss).toBeCloseTo(twin.loss, 5);
    expect(Math.abs(loss - new TinyTwin(joined).gradients(0).loss)).toBeGreaterThan(0.01);
    for (const [name, expected] of twin.gradients)
      expect(largestDifference(gradients.get(name) ?? [], expected), name).toBeLessThan(
        1e-4 * largestMagnitude(expected) + 1e-7,
      );
  } finally {
    rank.destroy();
  }
});

test.each([{ dp: 2 }, { pp: 2, tp: 2 }])('a mesh of %o takes the steps of one worker', async (parallel) => {
  const rank = await buildTinyRank(lab.gpu, lab.cache, 'blocked', apart);
  const split: TinyRun = { ...apart, train: { ...apart.train, microBatches: 2 } };
  const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', split, parallel);
  try {
    startTinyRank(rank, apart);
    for (let step = 0; step < 3; step++) {
      rank.submitStep(tinyInputs(apart, step), () => undefined);
      const [metrics] = await mesh.run('train', step);
      expect(metrics.loss).toBeCloseTo((await rank.readMetrics()).loss, 4);
    }
  } finally {
    mesh.destroy();
    rank.destroy();
  }
});

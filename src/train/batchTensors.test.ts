// Every stage of a run whose documents are kept apart has a mask, whatever part of the model it has; other causal runs have none.

import { expect, test } from 'vitest';
import { defaultModel } from '../core/runConfig';
import { batchBuffers, runShape } from './batchTensors';
import { bufferNames } from './bufferNames';

const stages = [
  { stage: 0, firstLayer: 0, endLayer: 1, embedding: true, head: false },
  { stage: 1, firstLayer: 1, endLayer: 2, embedding: false, head: false },
  { stage: 2, firstLayer: 2, endLayer: 4, embedding: false, head: true },
];

test.each([
  ['joined', 0],
  ['apart', 4 * 2 * 8],
] as const)('bytes of masks where documents are %s', (documents, bytes) => {
  const shape = runShape(2, 8, { documents });
  for (const stage of stages) {
    for (const index of [0, 1]) {
      const buffers = batchBuffers({ ...defaultModel, vocab_size: 10 }, shape, { stage, split: { parts: 2, index } });
      const masks = buffers.filter(({ name }) => name === bufferNames.mask);
      expect(masks.reduce((sum, each) => sum + each.bytes, 0)).toBe(bytes);
    }
  }
  expect(runShape(2, 8, null).documents, 'only evaluated').toBe(false);
});

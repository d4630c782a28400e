// What a rank holds under each ZeRO stage, measured on its buffers, against the formulas of Rajbhandari et al. 2020, section 5: with P
// parameters in float32 and Adam, parameters, gradients and optimiser state take 4 P, 4 P and 8 P bytes, each divided by dp once sharded.

import { expect, test } from 'vitest';
import { defaultModel, defaultRunConfig } from '../core/runConfig';
import { parameterCount } from '../model/shapes/modelShapes';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import { poolBuffersOf } from './meshMemory';
import type { MeshRank } from './meshRank';

const lab = testDevice('adapter');

const dp = 4;
const model = { ...defaultModel, vocab_size: 65 };
const train = { ...defaultRunConfig.train, sequenceLength: 16 };

function sizes(buffers: readonly GPUBuffer[]): number {
  return buffers.reduce((sum, { size }) => sum + size, 0);
}

function state({ memory }: MeshRank): number {
  return sizes((['parameters', 'gradients', 'moment1', 'moment2'] as const).map((name) => memory.arena(name)));
}

/** What is whole only while it is used. */
function gathered({ memory, plan }: MeshRank): number {
  return sizes([...poolBuffersOf(memory, plan, 'parameters'), ...poolBuffersOf(memory, plan, 'gradients')]);
}

const P = parameterCount(model);
const share = (bytes: number): number => (bytes * P) / dp;
const { vocab_size: V, n_positions, n_embd: C } = model;
/** Embeddings, positions and final norm; a layer. */
const root = 4 * (V * C + n_positions * C + 2 * C);
const layer = (4 * P - root) / model.n_layer;

test.each([
  [0, 16 * P, 0],
  [1, 8 * P + share(8), 0],
  [2, 4 * P + share(12), root + layer],
  [3, share(16), 2 * (root + layer)],
])(
  'ZeRO %i at dp 4: every rank holds %i bytes of state and %i more while it computes',
  async (zero, expected, pool) => {
    const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', { model, train }, { dp, zero });
    try {
      for (const rank of mesh.ranks) {
        expect(Math.abs(state(rank) / expected - 1)).toBeLessThan(0.05);
        if (pool === 0) expect(gathered(rank)).toBe(0);
        else expect(Math.abs(gathered(rank) / pool - 1)).toBeLessThan(0.05);
      }
    } finally {
      mesh.destroy();
    }
  },
);

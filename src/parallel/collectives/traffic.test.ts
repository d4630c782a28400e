// What is expected of a collective is what its messages are, byte for byte, on every pair of ranks.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressionNames } from '../../core/runConfig';
import { FakeNetwork } from '../../testing/fakeNetwork';
import { type LocalMesh, localMesh } from '../../testing/localMesh';
import { compressedAllReduce } from '../compression/compressedAllReduce';
import { createCompressionState } from '../compression/state';
import { allGather } from './allGather';
import { allReduce } from './allReduce';
import { reduceScatter } from './reduceScatter';
import { collectiveParcels, compressedParcels, type Parcel } from './traffic';

const what = 'gradients';

async function measured(members: number, work: (mesh: LocalMesh) => Promise<unknown>) {
  const mesh = localMesh(members, new FakeNetwork(3));
  try {
    await work(mesh);
    return {
      sent: mesh.endpoints.flatMap(({ sent }) => sent).filter(({ bytes }) => bytes > 0),
      messages: mesh.ledgers.map((ledger) => ledger.rows().reduce((sum, row) => sum + row.messages, 0)),
    };
  } finally {
    mesh.close();
  }
}

function expected(parcels: readonly Parcel[], members: number) {
  return {
    sent: parcels
      .map(({ from, to, bytes }) => ({ from, to, bytes }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => a.from - b.from || a.to - b.to),
    messages: Array.from({ length: members }, (_, rank) =>
      parcels.filter(({ from }) => from === rank).reduce((sum, { messages }) => sum + messages, 0),
    ),
  };
}

const countsOf = fc
  .integer({ min: 1, max: 6 })
  .chain((members) => fc.array(fc.constantFrom(0, 1, 64, 5_000, 40_000), { minLength: members, maxLength: members }));

describe('parcels of a collective', () => {
  test.each(['allReduce', 'allGather', 'reduceScatter'] as const)('%s: as its messages', async (kind) => {
    await fc.assert(
      fc.asyncProperty(countsOf, async (counts) => {
        const total = counts.reduce<number>((sum, count) => sum + count, 0);
        const real = await measured(counts.length, ({ each }) =>
          each(async (group, rank) => {
            if (kind === 'allReduce') await allReduce(group, new Float32Array(total), { what });
            else if (kind === 'allGather') await allGather(group, new Float32Array(counts[rank]), counts, { what });
            else await reduceScatter(group, new Float32Array(total), counts, { what });
          }),
        );
        expect(expected(collectiveParcels(kind, counts), counts.length)).toEqual(real);
      }),
      { numRuns: 40 },
    );
  });

  test.each(compressionNames)('all-reduce under %s: as its messages', async (compression) => {
    const settings = { compression, topKShare: 0.05, powerRank: 4, errorFeedback: true };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(1, 3, 257, 5_000, 70_000),
        async (members, length) => {
          const real = await measured(members, ({ each }) =>
            each((group) =>
              compressedAllReduce(group, new Float32Array(length).fill(1), settings, createCompressionState(length), {
                what,
              }),
            ),
          );
          expect(expected(compressedParcels(length, members, settings), members)).toEqual(real);
        },
      ),
      { numRuns: 15 },
    );
  });
});

// Every collective equals the obvious loop over ranks, for any group size, uneven counts and order of arrival, and gives the same
// bits on all ranks and for all orders of arrival.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashName, threefry2x32, unitInterval } from '../../core/rng';
import { FakeNetwork } from '../../testing/fakeNetwork';
import { type LocalMesh, localMesh } from '../../testing/localMesh';
import { chooseAlgorithm, type ReduceAlgorithm } from './algorithm';
import { allGather } from './allGather';
import { allReduce } from './allReduce';
import { allToAll } from './allToAll';
import { barrier } from './barrier';
import { broadcast } from './broadcast';
import { Call } from './call';
import { gatherPayloads } from './gatherPayloads';
import { receive, send } from './pointToPoint';
import { reduceScatter } from './reduceScatter';

const algorithms = ['ring', 'direct', 'exchange'] as const satisfies readonly ReduceAlgorithm[];
const what = 'gradients';

/** Values whose sums round, a function of (rank, seed). */
function values(rank: number, length: number, seed = 7): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => (unitInterval(threefry2x32(seed, hashName('value'), i, rank)[0]) - 0.5) * 3,
  );
}

function sums(ranks: number, length: number, seed?: number): Float64Array {
  const out = new Float64Array(length);
  for (let rank = 0; rank < ranks; rank++)
    for (const [i, value] of values(rank, length, seed).entries()) out[i] += value;
  return out;
}

function bits(array: Float32Array): string {
  return Buffer.from(array.slice().buffer).toString('base64');
}

function expectSum(actual: Float32Array, wanted: ArrayLike<number>): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < actual.length; i++)
    if (Math.abs(actual[i] - wanted[i]) > 3e-6) expect.fail(`element ${i}: ${actual[i]} is not ${wanted[i]}`);
}

async function onMesh<T>(ranks: number, seed: number, work: (mesh: LocalMesh) => Promise<T>): Promise<T> {
  const mesh = localMesh(ranks, new FakeNetwork(seed));
  try {
    const result = await work(mesh);
    // Nothing is left over: moving two steps on would refuse a message that nobody took.
    for (const endpoint of mesh.endpoints) endpoint.step = 2;
    for (const endpoint of mesh.endpoints) expect(endpoint.ended).toBeNull();
    return result;
  } finally {
    mesh.close();
  }
}

const ranksOf = fc.integer({ min: 1, max: 8 });
const seedOf = fc.nat(1e6);
const countsOf = ranksOf.chain((ranks) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: ranks, maxLength: ranks }),
);
const few = { numRuns: 40 };

describe('all-reduce', () => {
  test.each(algorithms)('%s: the sum, the same bits on all ranks and for all orders of arrival', async (algorithm) => {
    await fc.assert(
      fc.asyncProperty(ranksOf, fc.integer({ min: 0, max: 40 }), seedOf, async (ranks, length, seed) => {
        const run = (order: number) =>
          onMesh(ranks, order, ({ each }) =>
            each((group, rank) => allReduce(group, values(rank, length), { what, algorithm })),
          );
        const results = await run(seed);
        expectSum(results[0], sums(ranks, length));
        const again = await run(seed + 1);
        expect(new Set([...results, ...again].map(bits)).size).toBe(1);
      }),
      few,
    );
  });

  test('direct and exchange add in rank order: the bits of the plain loop', async () => {
    for (const algorithm of ['direct', 'exchange'] as const) {
      const [result] = await onMesh(5, 3, ({ each }) =>
        each((group, rank) => allReduce(group, values(rank, 33), { what, algorithm })),
      );
      const wanted = values(0, 33);
      for (let rank = 1; rank < 5; rank++) for (const [i, value] of values(rank, 33).entries()) wanted[i] += value;
      expect(bits(result)).toBe(bits(wanted));
    }
  });

  test.each(algorithms)('%s: the largest value; a NaN anywhere stays', async (algorithm) => {
    const results = await onMesh(4, 5, ({ each }) =>
      each((group, rank) => {
        const data = values(rank, 12);
        if (rank === 2) data[5] = Number.NaN;
        return allReduce(group, data, { what, algorithm, operation: 'max' });
      }),
    );
    for (const result of results) {
      for (let i = 0; i < 12; i++)
        expect(result[i]).toBe(i === 5 ? Number.NaN : Math.max(...[0, 1, 2, 3].map((rank) => values(rank, 12)[i])));
    }
  });

  test('works on a view and leaves what lies around it alone', async () => {
    const results = await onMesh(3, 1, ({ each }) =>
      each(async (group, rank) => {
        const arena = new Float32Array(20).fill(-1);
        arena.set(values(rank, 10), 4);
        await allReduce(group, arena.subarray(4, 14), { what, algorithm: 'ring' });
        return arena;
      }),
    );
    expectSum(results[1].subarray(4, 14), sums(3, 10));
    expect([...results[1].subarray(0, 4), ...results[1].subarray(14)]).toEqual(Array(10).fill(-1));
  });

  test('several at once over one group, begun in another order by each rank', async () => {
    const results = await onMesh(4, 9, ({ each }) =>
      each(async (group, rank) => {
        const order = [0, 1, 2, 3].map((i) => (i + rank) % 4);
        const calls = order.map(
          async (key) => [key, await allReduce(group, values(rank, 6, key), { what, key })] as const,
        );
        return new Map(await Promise.all(calls));
      }),
    );
    for (const result of results)
      for (let key = 0; key < 4; key++) expectSum(result.get(key) ?? new Float32Array(), sums(4, 6, key));
  });

  test('over real channels, repeated, in the same buffers', async () => {
    const mesh = localMesh(4, 'channels');
    for (let step = 0; step < 3; step++) {
      const results = await mesh.each((group, rank) => {
        group.endpoint.step = step;
        return allReduce(group, values(rank, 1_001), { what, algorithm: 'ring' });
      });
      for (const result of results) expectSum(result, sums(4, 1_001));
    }
    mesh.close();
  });

  test('a group of one sends nothing and counts nothing', async () => {
    const mesh = localMesh(1);
    const data = values(0, 4);
    expect(await allReduce(mesh.groups[0], data, { what })).toBe(data);
    expect(await allGather(mesh.groups[0], data, [4], { what })).toBe(data);
    expect(await reduceScatter(mesh.groups[0], data, [4], { what })).toBe(data);
    await barrier(mesh.groups[0], { what });
    expect(mesh.ledgers[0].rows()).toEqual([]);
    mesh.close();
  });
});

test.each(['ring', 'direct'] as const)('reduce-scatter, %s: each rank its part of the sum', async (algorithm) => {
  await fc.assert(
    fc.asyncProperty(countsOf, seedOf, async (counts, seed) => {
      const total = counts.reduce((a, b) => a + b, 0);
      const parts = await onMesh(counts.length, seed, ({ each }) =>
        each((group, rank) => reduceScatter(group, values(rank, total), counts, { what, algorithm })),
      );
      expect(parts.map(({ length }) => length)).toEqual(counts);
      expectSum(Float32Array.from(parts.flatMap((part) => [...part])), sums(counts.length, total));
    }),
    few,
  );
});

test.each(['ring', 'direct'] as const)('all-gather, %s: all parts in order', async (algorithm) => {
  await fc.assert(
    fc.asyncProperty(countsOf, seedOf, async (counts, seed) => {
      const results = await onMesh(counts.length, seed, ({ each }) =>
        each((group, rank) => allGather(group, values(rank, counts[rank]), counts, { what, algorithm })),
      );
      const wanted = Float32Array.from(counts.flatMap((count, rank) => [...values(rank, count)]));
      for (const result of results) expect(bits(result)).toBe(bits(wanted));
    }),
    few,
  );
});

test('all-gather in place: the own part lies in the whole already', async () => {
  const counts = [2, 0, 3];
  const results = await onMesh(3, 1, ({ each }) =>
    each((group, rank) => {
      const into = new Float32Array(5);
      const start = [0, 2, 2][rank];
      into.set(values(rank, counts[rank]), start);
      return allGather(group, into.subarray(start, start + counts[rank]), counts, { what, into });
    }),
  );
  for (const result of results) expect([...result]).toEqual([...values(0, 2), ...values(2, 3)]);
});

test('broadcast: what the root holds', async () => {
  await fc.assert(
    fc.asyncProperty(ranksOf, fc.nat(7), seedOf, async (ranks, pick, seed) => {
      const root = pick % ranks;
      const results = await onMesh(ranks, seed, ({ each }) =>
        each((group, rank) => broadcast(group, values(rank, 7), root, { what })),
      );
      for (const result of results) expect(bits(result)).toBe(bits(values(root, 7)));
    }),
    few,
  );
});

test('all-to-all: part i of every rank, of any length', async () => {
  await fc.assert(
    fc.asyncProperty(ranksOf, seedOf, async (ranks, seed) => {
      const piece = (from: number, to: number) => values(from * 8 + to, (from + 2 * to) % 4);
      const results = await onMesh(ranks, seed, ({ each }) =>
        each((group, rank) =>
          allToAll(
            group,
            Array.from({ length: ranks }, (_, to) => piece(rank, to)),
            { what },
          ),
        ),
      );
      for (const [to, parts] of results.entries())
        expect(parts.map(bits)).toEqual(parts.map((_, from) => bits(piece(from, to))));
    }),
    few,
  );
});

test('payloads of any form and length reach everyone in rank order', async () => {
  const results = await onMesh(3, 4, ({ each }) =>
    each((group, rank) =>
      gatherPayloads(new Call(group, 'allGather', { what }), [new Uint8Array(rank), Float32Array.of(rank, 0.5)]),
    ),
  );
  for (const result of results)
    expect(result.map(([head, tail]) => [head.length, ...tail])).toEqual([0, 1, 2].map((rank) => [rank, rank, 0.5]));
});

test('barrier: nobody leaves before the last has come', async () => {
  await fc.assert(
    fc.asyncProperty(ranksOf, fc.nat(7), seedOf, async (ranks, pick, seed) => {
      let come = 0;
      await onMesh(ranks, seed, ({ each }) =>
        each(async (group, rank) => {
          if (rank === pick % ranks) await new Promise((resolve) => setImmediate(resolve));
          come++;
          await barrier(group, { what });
          expect(come).toBe(ranks);
        }),
      );
    }),
    few,
  );
});

test('send and receive: in order for one key, apart for several; the sent array is given away', async () => {
  await onMesh(2, 6, ({ each }) =>
    each(async (group, rank) => {
      if (rank === 0) {
        const data = Float32Array.of(1, 2);
        send(group, 1, data, { what: 'activations', key: 0 });
        expect(data.length).toBe(0);
        send(group, 1, Float32Array.of(3), { what: 'activations', key: 1 });
        send(group, 1, Float32Array.of(4, 5), { what: 'activations', key: 0 });
      } else {
        expect([...(await receive(group, 0, 1, { what: 'activations', key: 1 }))]).toEqual([3]);
        expect([...(await receive(group, 0, 2, { what: 'activations', key: 0 }))]).toEqual([1, 2]);
        expect([...(await receive(group, 0, 2, { what: 'activations', key: 0 }))]).toEqual([4, 5]);
      }
    }),
  );
});

test('the ledger counts calls, messages and bytes of both directions', async () => {
  const mesh = localMesh(4);
  const records: number[] = [];
  await mesh.each((group, rank) =>
    allReduce(group, values(rank, 400), { what, algorithm: 'ring', report: ({ bytesOut }) => records.push(bytesOut) }),
  );
  await mesh.each((group, rank) => allReduce(group, values(rank, 400), { what, algorithm: 'direct' }));
  const [row] = mesh.ledgers[0].rows();
  // 2 (n - 1) / n of the array, either way.
  expect(row).toMatchObject({ rank: 0, collective: 'allReduce', axis: 'dp', what, calls: 2, messages: 12 });
  expect([row.bytesOut, row.bytesIn]).toEqual([4_800, 4_800]);
  expect(records).toEqual([2_400, 2_400, 2_400, 2_400]);
  expect(row.milliseconds).toBeGreaterThanOrEqual(mesh.ledgers[0].waitMs);
  mesh.close();
});

test('lengths that differ over ranks are a mismatch on every rank', async () => {
  const mesh = localMesh(3);
  const settled = await Promise.allSettled(
    mesh.groups.map((group, rank) =>
      allReduce(group, values(rank, rank === 2 ? 31 : 30), { what, algorithm: 'direct' }),
    ),
  );
  for (const result of settled) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'mesh.mismatch' } });
  mesh.close();
});

test('counts that do not fit are refused before anything is sent', async () => {
  const mesh = localMesh(2);
  await expect(reduceScatter(mesh.groups[0], new Float32Array(5), [2, 2], { what })).rejects.toMatchObject({
    code: 'internal',
    why: expect.stringContaining('2, 2'),
  });
  expect(mesh.endpoints[0].bytesOut).toBe(0);
  mesh.close();
});

test('the algorithm follows from size and group alone', () => {
  expect([1_024, 100_000, 4_000_000].map((bytes) => chooseAlgorithm('auto', bytes, 4))).toEqual(
    [...algorithms].reverse(),
  );
  expect(chooseAlgorithm('auto', 4_000_000, 2)).toBe('direct');
  expect(chooseAlgorithm('ring', 4, 2)).toBe('ring');
});

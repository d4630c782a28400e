// Compression over a mesh: fewer bytes on the wire, the same bits on all ranks, nothing not finite is lost, and error feedback matters.

import { describe, expect, test } from 'vitest';
import type { CompressionName } from '../../core/runConfig';
import { FakeNetwork } from '../../testing/fakeNetwork';
import { type LocalMesh, localMesh } from '../../testing/localMesh';
import { compressedAllReduce } from './compressedAllReduce';
import { factorShape } from './powerSgd';
import { type CompressionSettings, createCompressionState } from './state';

const what = 'gradients';
const compressions = ['f16', 'int8', 'top-k', 'power-sgd'] as const satisfies readonly CompressionName[];

function settingsOf(compression: CompressionName, errorFeedback = true): CompressionSettings {
  return { compression, errorFeedback, topKShare: 0.05, powerRank: 2 };
}

/** All ranks' all-reduce with states that last over calls. */
function reducer(mesh: LocalMesh, length: number, settings: CompressionSettings) {
  const states = mesh.groups.map(() => createCompressionState(length));
  return (gradient: (rank: number) => Float32Array): Promise<Float32Array[]> =>
    mesh.each((group, rank) => compressedAllReduce(group, gradient(rank), settings, states[rank], { what }));
}

function gradientOf(rank: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * (rank + 1.3)) + Math.cos(i / 50));
}

function sumOf(gradient: (rank: number) => Float32Array, ranks: number): Float64Array {
  const out = Float64Array.from(gradient(0));
  for (let rank = 1; rank < ranks; rank++) for (const [i, value] of gradient(rank).entries()) out[i] += value;
  return out;
}

function maxError(actual: ArrayLike<number>, wanted: Float64Array): number {
  return wanted.reduce((max, value, i) => Math.max(max, Math.abs(value - actual[i])), 0);
}

describe.each(compressions)('%s', (compression) => {
  test('the same bits on all ranks, whatever the order of arrival, for any group', async () => {
    for (const ranks of [2, 3, 5]) {
      const results: Float32Array[] = [];
      for (const seed of [1, 2]) {
        const mesh = localMesh(ranks, new FakeNetwork(seed));
        const reduce = reducer(mesh, 1_001, settingsOf(compression));
        await reduce((rank) => gradientOf(rank, 1_001));
        results.push(...(await reduce((rank) => gradientOf(rank + 1, 1_001))));
        mesh.close();
      }
      for (const result of results)
        expect(Buffer.compare(Buffer.from(result.buffer), Buffer.from(results[0].buffer))).toBe(0);
    }
  });

  test('bytes on the wire fall', async () => {
    const bytes: Record<string, number> = {};
    for (const name of ['none', compression] as const) {
      const mesh = localMesh(4);
      await reducer(mesh, 8_192, settingsOf(name))((rank) => gradientOf(rank, 8_192));
      bytes[name] = mesh.ledgers[1].rows().reduce((sum, { bytesOut }) => sum + bytesOut, 0);
      expect(mesh.ledgers[1].rows().map(({ collective }) => collective)).toEqual(['allReduce']);
      mesh.close();
    }
    // 2 (n - 1) / n of the array for `none`, f16 and int8; (n - 1) of 8 bytes for each of 5% of the values; two factors of
    // rank 2, small enough to go to everyone in one hop.
    const share = { f16: 0.5, int8: 0.26, 'top-k': 0.21, 'power-sgd': 0.09 }[compression];
    expect(bytes[compression] / bytes['none']).toBeLessThanOrEqual(share);
  });

  test('a gradient that is not finite on one rank is seen on all, and is forgotten after', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const mesh = localMesh(3);
      const reduce = reducer(mesh, 500, settingsOf(compression));
      const hurt = (rank: number) => {
        const values = gradientOf(rank, 500);
        if (rank === 1) values[321] = bad;
        return values;
      };
      for (const result of await reduce(hurt)) expect(Number.isFinite(result[321])).toBe(false);
      for (const result of await reduce((rank) => gradientOf(rank, 500)))
        expect(result.every((value) => Number.isFinite(value))).toBe(true);
      mesh.close();
    }
  });

  test('with error feedback what is sent adds up to what was given', async () => {
    const steps = 100;
    const length = 400;
    const mesh = localMesh(2);
    const wanted = sumOf((rank) => gradientOf(rank, length), 2);
    const errors: Record<string, number> = {};
    for (const errorFeedback of [true, false]) {
      const reduce = reducer(mesh, length, settingsOf(compression, errorFeedback));
      const mean = new Float64Array(length);
      for (let step = 0; step < steps; step++) {
        const [result] = await reduce((rank) => gradientOf(rank, length));
        for (let i = 0; i < length; i++) mean[i] += result[i] / steps;
      }
      errors[`${errorFeedback}`] = maxError(mean, wanted);
    }
    // Left out at the end is a residual, not one a step: it shrinks as 1 / steps. Without feedback the error of a step stays.
    expect(errors['true']).toBeLessThan(errors['false'] / 4);
    mesh.close();
  });

  test('a group of one leaves the gradient as it is', async () => {
    const mesh = localMesh(1);
    const [result] = await reducer(mesh, 100, settingsOf(compression))(() => gradientOf(0, 100));
    expect(result).toEqual(gradientOf(0, 100));
    expect(mesh.ledgers[0].rows()).toEqual([]);
    mesh.close();
  });
});

test('f16 and int8 keep their bounds over both passes', async () => {
  const mesh = localMesh(4);
  const wanted = sumOf((rank) => gradientOf(rank, 2_000), 4);
  for (const [compression, bound] of [
    // Four gradients of at most 2 and a sum of at most 8, each rounded once: to 11 bits; to half of a 127th of the block's largest.
    ['f16', 4 * 2 * 2 ** -11 + 8 * 2 ** -11],
    ['int8', (4 * 2 + 8) / 254],
  ] as const) {
    const [result] = await reducer(mesh, 2_000, settingsOf(compression))((rank) => gradientOf(rank, 2_000));
    expect(maxError(result, wanted)).toBeLessThan(bound + 1e-5);
  }
  mesh.close();
});

test('PowerSGD finds a matrix of its rank after two steps, and sends small buckets as they are', async () => {
  const mesh = localMesh(2);
  const side = 40;
  // Each rank's gradient has rank 1, their sum rank 2.
  const gradient = (rank: number) =>
    Float32Array.from(
      { length: side * side },
      (_, i) => Math.sin(Math.floor(i / side) + rank) * Math.cos(3 * (i % side) * (rank + 1)),
    );
  const wanted = sumOf(gradient, 2);
  const reduce = reducer(mesh, side * side, settingsOf('power-sgd', false));
  await reduce(gradient);
  const [result] = await reduce(gradient);
  expect(maxError(result, wanted)).toBeLessThan(1e-5);
  expect(factorShape(16, 2)).toBeNull();
  const [small] = await reducer(mesh, 16, settingsOf('power-sgd'))((rank) => gradientOf(rank, 16));
  expect(
    maxError(
      small,
      sumOf((rank) => gradientOf(rank, 16), 2),
    ),
  ).toBeLessThan(1e-6);
  mesh.close();
});

/**
 * Gradient descent on |x - target|^2 / 2 over two ranks, whose gradients also hold +noise and -noise in element 0. The two cancel in an
 * exact sum; they are all that top-1 would ever send, and they set
 * int8's scale so that the rest of their block rounds to 0 (the other rank's half of the elements is a block of its own).
 */
async function distanceAfter(settings: CompressionSettings, steps: number, noise: number): Promise<number> {
  const length = 20;
  const mesh = localMesh(2);
  const reduce = reducer(mesh, length, settings);
  const target = Float64Array.from({ length }, (_, i) => Math.sin(i + 1));
  const x = new Float64Array(length);
  for (let step = 0; step < steps; step++) {
    const [sum] = await reduce((rank) =>
      Float32Array.from(target, (wanted, i) => (x[i] - wanted) / 2 + (i === 0 ? noise * (rank === 0 ? 1 : -1) : 0)),
    );
    for (let i = 0; i < length; i++) x[i] -= 0.03 * sum[i];
  }
  mesh.close();
  return Math.sqrt(target.reduce((sum, wanted, i) => sum + (x[i] - wanted) ** 2, 0));
}

test.each([
  ['top-k', 2],
  ['int8', 1_000],
] as const)('%s converges with error feedback and stays where it began without', async (compression, noise) => {
  const exact = await distanceAfter(settingsOf('none'), 300, noise);
  expect(exact).toBeLessThan(1e-3);
  expect(await distanceAfter(settingsOf(compression, true), 300, noise)).toBeLessThan(0.5);
  expect(await distanceAfter(settingsOf(compression, false), 300, noise)).toBeGreaterThan(2);
});

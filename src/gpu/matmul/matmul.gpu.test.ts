// Matmul on the device: a sample of the family's checks (all of them are `verify`'s), products of two dispatches end to end, and that
// tile shapes of one family give the same bits.

import { expect, test } from 'vitest';
import { testDevice } from '../../testing/testDevice';
import { runKernel } from '../runKernel';
import { type MatmulProblem, type MatmulVariant, partition, plainMatmul, planMatmul } from './plan';
import { timeVariants } from './tune';
import { allVariants, defaultVariant } from './variants';

const lab = testDevice('adapter');

function wave(length: number, step: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(1 + i * step));
}

/** C of a plain product, through all its dispatches. */
async function product(p: MatmulProblem, variant: MatmulVariant): Promise<Float32Array> {
  const { dispatches, scratchElements } = planMatmul(p, variant);
  const arrays: Record<string, Float32Array> = {
    a: wave(p.m * p.k, 0.37),
    b: wave(p.k * p.n, 0.73),
    c: new Float32Array(p.m * p.n),
    scratch: new Float32Array(scratchElements),
  };
  for (const dispatch of dispatches) {
    const { storage } = (await lab.cache.get(dispatch)).source.interface;
    const buffers = Object.fromEntries(storage.map(({ name }) => [name, arrays[name]]));
    const outputs = await runKernel(lab.gpu, lab.cache, { ...dispatch, buffers });
    for (const [name, output] of Object.entries(outputs)) if (output instanceof Float32Array) arrays[name] = output;
  }
  return arrays['c'];
}

test('a product in two dispatches equals the sums', async () => {
  const p = { ...plainMatmul(40, 36, 48_000), ta: true };
  expect(partition(p, 'tiled').kind).toBe('split');
  const c = await product(p, defaultVariant(p, 'tiled', lab.gpu.facts));
  const [a, b] = [wave(p.m * p.k, 0.37), wave(p.k * p.n, 0.73)];
  const worst = Math.max(
    ...c.map((value, at) => {
      let sum = 0;
      for (let i = 0; i < p.k; i++) sum += a[i * p.m + Math.floor(at / p.n)] * b[i * p.n + (at % p.n)];
      return Math.abs(value - sum);
    }),
  );
  // Terms of size 1 at most: 16 eps sqrt(k), the rule of the kernel checks.
  expect(worst).toBeLessThan(16 * 2 ** -24 * Math.sqrt(p.k));
});

test('tile shapes of one family give the same bits', async () => {
  const odd = { ...plainMatmul(37, 45, 70), tb: true };
  for (const [family, p] of [
    ['tiled', odd],
    ['blocked', odd],
    // Read in vectors by some shapes and not by others.
    ['blocked', plainMatmul(36, 48, 72)],
    ['blocked', { ...plainMatmul(36, 48, 72), ta: true }],
  ] as const) {
    const variants = allVariants({ ...p, k: 8 }, lab.gpu.facts).filter(({ kind }) => kind === family);
    const results = await Promise.all(variants.map(async (variant) => (await product(p, variant)).join()));
    expect(new Set(results).size).toBe(1);
  }
});

test('variants are timed', async () => {
  const p = plainMatmul(32, 32, 16);
  const times = await timeVariants(lab.gpu, lab.cache, p, [
    defaultVariant(p, 'blocked', lab.gpu.facts),
    defaultVariant(p, 'tiled', lab.gpu.facts),
  ]);
  expect(times.every(({ microseconds }) => microseconds > 0)).toBe(true);
});

// Plans as plain data: what is computed once, what is split, and that neither depends on the tile shape chosen by tuning.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partition, plainMatmul, planMatmul } from './plan';
import { allVariants, candidateVariants, defaultVariant } from './variants';

const device = {
  limits: { maxComputeWorkgroupStorageSize: 32_768, maxComputeInvocationsPerWorkgroup: 1024 },
  features: ['subgroups'],
};
const floor = {
  limits: { maxComputeWorkgroupStorageSize: 16_384, maxComputeInvocationsPerWorkgroup: 256 },
  features: [],
};

const problems = fc
  .record({
    m: fc.integer({ min: 1, max: 20_000 }),
    n: fc.integer({ min: 1, max: 20_000 }),
    k: fc.integer({ min: 1, max: 20_000 }),
    ta: fc.boolean(),
  })
  .map(({ m, n, k, ta }) => ({ ...plainMatmul(m, n, k), ta, biasGrad: ta }));

test('every variant covers C exactly once, within the limits of a dispatch', () => {
  fc.assert(
    fc.property(problems, (p) => {
      for (const variant of allVariants(p, device)) {
        const { dispatches } = planMatmul(p, variant);
        for (const { workgroups, params } of dispatches) {
          expect(Math.max(...workgroups)).toBeLessThanOrEqual(65_535);
          if (variant.kind !== 'tiled') expect(workgroups[0] * workgroups[1]).toBeGreaterThanOrEqual(params['tiles']);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('the parts of k are the same for every tile shape, and cover k', () => {
  fc.assert(
    fc.property(problems, (p) => {
      const tiled = allVariants(p, device).filter((variant) => variant.kind !== 'blocked');
      const parts = tiled
        .map((variant) => planMatmul(p, variant).dispatches[0])
        .map(({ params, workgroups }) => `${params['part_k']} ${workgroups[2]}`);
      expect(new Set(parts).size).toBe(1);
      const [partK, count] = parts[0].split(' ').map(Number);
      expect(partK * count).toBeGreaterThanOrEqual(p.k);
      expect(partK * (count - 1)).toBeLessThan(p.k);
    }),
    { numRuns: 50 },
  );
});

test('small products take one dispatch; long sums of few outputs are split', () => {
  const small = { ...plainMatmul(64, 192, 512), ta: true, accumulate: true, biasGrad: true };
  expect(partition(small, 'tiled')).toEqual({ kind: 'sliced', parts: 16 });
  expect(planMatmul(small, defaultVariant(small, 'tiled', floor)).dispatches).toHaveLength(1);
  const long = { ...plainMatmul(384, 1536, 16_384), ta: true, accumulate: true };
  const plan = planMatmul(long, defaultVariant(long, 'tiled', floor));
  expect(plan.dispatches.map(({ kernel }) => kernel)).toEqual(['matmul_tiled', 'matmul_reduce']);
  expect(plan.scratchElements).toBe(plan.dispatches[0].workgroups[2] * 384 * 1536);
  expect(planMatmul(long, defaultVariant(long, 'blocked', floor)).dispatches).toHaveLength(1);
});

test('candidates are few, start with the defaults, and respect the floor', () => {
  for (const p of [
    { ...plainMatmul(512, 65, 64), tb: true },
    plainMatmul(16_384, 384, 384),
    plainMatmul(1, 1, 1),
    plainMatmul(4096, 4096, 4096),
  ]) {
    for (const on of [device, floor]) {
      const candidates = candidateVariants(p, on);
      expect(candidates.length).toBeLessThanOrEqual(8);
      expect(candidates).toContainEqual(defaultVariant(p, 'blocked', on));
      expect(candidates).toContainEqual(defaultVariant(p, 'tiled', on));
    }
    expect(candidateVariants(p, floor).some((variant) => variant.kind === 'blocked' && variant.quad)).toBe(false);
    expect(candidateVariants(p, floor).map(({ id }) => id)).not.toContain('tiled 128x128x16 8x8');
  }
});

test('impossible problems are refused by name', () => {
  const variant = defaultVariant(plainMatmul(4, 4, 4), 'tiled', floor);
  expect(() => planMatmul(plainMatmul(0, 4, 4), variant)).toThrow('m is 0');
  expect(() => planMatmul({ ...plainMatmul(4, 4, 4), ta: true, tb: true }, variant)).toThrow('both be transposed');
  expect(() => planMatmul({ ...plainMatmul(4, 4, 4), biasGrad: true }, variant)).toThrow('A transposed');
});

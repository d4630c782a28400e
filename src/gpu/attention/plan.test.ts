// The attention plans as data: folded workgroups, workgroup memory within the device's, choices that follow the shape alone.
// Variants are expanded as text here; that they compile and compute is the GPU checks' business.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packParams, readInterface } from '../shaderInterface';
import { expandShader } from '../shaderSource';
import { type AttentionProblem, planAttention } from './plan';

const folder = join(import.meta.dirname, '../shaders');
const sources = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wgsl'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
);

const FLOOR = { maxComputeWorkgroupStorageSize: 16_384 };
const small: AttentionProblem = {
  batch: 8,
  tokens: 64,
  heads: 4,
  kvHeads: 4,
  headDim: 16,
  causal: true,
  dropout: 0,
};

const problems = fc.record({
  batch: fc.integer({ min: 1, max: 64 }),
  tokens: fc.integer({ min: 1, max: 2000 }),
  kvHeads: fc.integer({ min: 1, max: 8 }),
  group: fc.integer({ min: 1, max: 4 }),
  headDim: fc.integer({ min: 1, max: 256 }),
  causal: fc.boolean(),
  dropout: fc.constantFrom(0, 0.1),
});

const ELEMENT_BYTES: Readonly<Record<string, number>> = { f32: 4, vec2f: 8, vec4f: 16 };

/** Workgroup memory that the expanded text declares. */
function declaredBytes(code: string): number {
  let bytes = 0;
  for (const [, type, count] of code.matchAll(/var<workgroup>\s*\w+\s*:\s*array<(\w+),\s*(\d+)>/g)) {
    bytes += (ELEMENT_BYTES[type] ?? Number.NaN) * Number(count);
  }
  return bytes;
}

describe('planAttention', () => {
  test('every tiled plan stays within the workgroup memory and threads it was given', () => {
    fc.assert(
      fc.property(problems, fc.constantFrom(16_384, 32_768, 49_152), ({ group, ...rest }, storage) => {
        const plan = planAttention({ ...rest, heads: rest.kvHeads * group }, 'tiled', {
          maxComputeWorkgroupStorageSize: storage,
        });
        for (const { kernel, flags } of Object.values(plan)) {
          const { code } = expandShader(`${kernel}.wgsl`, flags, sources);
          expect(declaredBytes(code)).toBeGreaterThan(0);
          expect(declaredBytes(code)).toBeLessThanOrEqual(storage);
          expect(Number(flags['THREADS'])).toBeLessThanOrEqual(256);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a kernel takes exactly the values that its plan gives', () => {
    for (const family of ['blocked', 'tiled'] as const) {
      for (const dropout of [0, 0.1]) {
        for (const one of Object.values(planAttention({ ...small, dropout }, family, FLOOR, ['subgroups']))) {
          const { code } = expandShader(`${one.kernel}.wgsl`, one.flags, sources);
          const { params, usesStep } = readInterface(one.kernel, code);
          expect(() => packParams(one.kernel, params, one.params)).not.toThrow();
          expect(usesStep).toBe(dropout > 0);
        }
      }
    }
  });

  test('workgroups fold at 65,535 and still cover every row', () => {
    const { forward } = planAttention({ ...small, batch: 4096, tokens: 256, heads: 12, kvHeads: 12 }, 'tiled', FLOOR);
    const rows = Number(forward.flags['ROW_TILE']);
    expect(Math.max(...forward.workgroups)).toBeLessThanOrEqual(65_535);
    expect(forward.workgroups[0] * forward.workgroups[1]).toBeGreaterThanOrEqual(4096 * 12 * Math.ceil(256 / rows));
  });

  test('few heads spread over small tiles, many take large ones', () => {
    const limits = { maxComputeWorkgroupStorageSize: 49_152 };
    expect(planAttention(small, 'tiled', limits).forward.flags['ROW_TILE']).toBe(16);
    const large = { ...small, batch: 64, tokens: 256, heads: 6, kvHeads: 6, headDim: 64 };
    expect(planAttention(large, 'tiled', limits).forward.flags['ROW_TILE']).toBe(64);
  });

  test('causal work is half of full work, and the diagonal', () => {
    const causal = planAttention(small, 'tiled', FLOOR).forward.flops;
    const full = planAttention({ ...small, causal: false }, 'tiled', FLOOR).forward.flops;
    expect(causal / full).toBeCloseTo(65 / 128, 10);
  });

  test('sizes that make no sense are refused by name', () => {
    expect(() => planAttention({ ...small, tokens: 0 }, 'tiled', FLOOR)).toThrow(/tokens/);
    expect(() => planAttention({ ...small, kvHeads: 3 }, 'tiled', FLOOR)).toThrow(/divide/);
    expect(() => planAttention({ ...small, dropout: 1 }, 'tiled', FLOOR)).toThrow(/dropout/);
  });
});

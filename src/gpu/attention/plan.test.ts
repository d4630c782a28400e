// The attention plans as data: folded workgroups, workgroup memory within the device's, choices that follow the shape alone.
// Variants are expanded as text here; that they compile and compute is the GPU checks' business.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packParams, readInterface } from '../shaderInterface';
import { expandShader } from '../shaderSource';
import {
  type AttentionKernel,
  type AttentionPlan,
  type AttentionProblem,
  attentionCandidates,
  planAttention,
} from './plan';

const folder = join(import.meta.dirname, '../shaders');
const sources = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wgsl'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
);

const LARGE = { maxComputeWorkgroupStorageSize: 49_152 };
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

function kernelsOf({ forward, backward }: AttentionPlan): readonly AttentionKernel[] {
  return [forward, ...backward];
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = { f32: 4, vec2f: 8, vec4f: 16 };

/** Workgroup memory that the expanded text declares. */
function declaredBytes(code: string): number {
  let bytes = 0;
  for (const [, text] of code.matchAll(/var<workgroup>\s*\w+\s*:\s*(.+);/g)) {
    const type = /^(?:array<)*(\w+)/.exec(text)?.[1];
    const counts = [...text.matchAll(/,\s*(\d+)>/g)].map(([, count]) => Number(count));
    bytes += counts.reduce((product, count) => product * count, ELEMENT_BYTES[type ?? ''] ?? Number.NaN);
  }
  return bytes;
}

describe('planAttention', () => {
  test('every tiled plan stays within the workgroup memory and threads it was given', () => {
    fc.assert(
      fc.property(problems, fc.constantFrom(16_384, 32_768, 49_152), ({ group, ...rest }, storage) => {
        const limits = { maxComputeWorkgroupStorageSize: storage };
        const given = { ...rest, heads: rest.kvHeads * group };
        const planned = kernelsOf(planAttention(given, 'tiled', limits));
        for (const { dispatch } of [...planned, ...attentionCandidates(given, limits)]) {
          const { code } = expandShader(`${dispatch.kernel}.wgsl`, dispatch.flags, sources);
          expect(declaredBytes(code)).toBeGreaterThan(0);
          expect(declaredBytes(code)).toBeLessThanOrEqual(storage);
          expect(Number(/@workgroup_size\((\d+)\)/.exec(code)?.[1])).toBeLessThanOrEqual(256);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a kernel takes exactly the values that its plan gives', () => {
    for (const family of ['blocked', 'tiled'] as const) {
      for (const dropout of [0, 0.1]) {
        const problem = { ...small, dropout, window: dropout > 0 ? 7 : small.tokens };
        const plan = planAttention(problem, family, FLOOR, ['subgroups']);
        const wide = attentionCandidates({ ...problem, headDim: 32 }, LARGE);
        for (const { dispatch: one } of [...kernelsOf(plan), ...wide]) {
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
    const { flags, workgroups } = forward.dispatch;
    const rows = Number(flags['ROW_TILE']);
    expect(Math.max(...workgroups)).toBeLessThanOrEqual(65_535);
    expect(workgroups[0] * workgroups[1]).toBeGreaterThanOrEqual(4096 * 12 * Math.ceil(256 / rows));
  });

  test('few heads spread over small tiles, many take large ones; whole heads go to a workgroup where there are enough', () => {
    const few = planAttention(small, 'tiled', LARGE);
    expect(few.forward.dispatch.flags['ROW_TILE']).toBe(16);
    expect(few.backward.map(({ side }) => side)).toEqual(['query', 'keyValue']);
    const large = { ...small, batch: 64, tokens: 256, heads: 6, kvHeads: 6, headDim: 64 };
    const { forward, backward } = planAttention(large, 'tiled', LARGE);
    expect(forward.dispatch.workgroups).toEqual([64 * 6 * 4, 1, 1]);
    expect(backward.map(({ side }) => side)).toEqual(['both']);
    expect(backward[0].dispatch.workgroups).toEqual([64 * 6, 1, 1]);
    expect(planAttention(large, 'tiled', FLOOR).backward.map(({ side }) => side)).toEqual(['query', 'keyValue']);
  });

  test('causal work is half of full work, and the diagonal', () => {
    const causal = planAttention(small, 'tiled', FLOOR).forward.dispatch.flops;
    const full = planAttention({ ...small, causal: false }, 'tiled', FLOOR).forward.dispatch.flops;
    expect(causal / full).toBeCloseTo(65 / 128, 10);
    const windowed = planAttention({ ...small, window: 2 }, 'tiled', FLOOR).forward.dispatch;
    expect(windowed.flops / full).toBeCloseTo((2 * 64 - 1) / 64 ** 2, 10);
    expect(planAttention({ ...small, window: 64 }, 'tiled', FLOOR)).toEqual(planAttention(small, 'tiled', FLOOR));
  });

  test('sizes that make no sense are refused by name', () => {
    expect(() => planAttention({ ...small, tokens: 0 }, 'tiled', FLOOR)).toThrow(/tokens/);
    expect(() => planAttention({ ...small, kvHeads: 3 }, 'tiled', FLOOR)).toThrow(/divide/);
    expect(() => planAttention({ ...small, window: 0 }, 'tiled', FLOOR)).toThrow(/window/);
    expect(() => planAttention({ ...small, causal: false, window: 3 }, 'tiled', FLOOR)).toThrow(/window/);
    expect(() => planAttention({ ...small, dropout: 1 }, 'tiled', FLOOR)).toThrow(/dropout/);
  });
});

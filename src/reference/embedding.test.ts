// Embedding and rotary positions: gathers by hand, gradients against differences.

import { describe, expect, it } from 'vitest';
import { expectGradient, largestDifference } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { embedding, embeddingBackward, sequencePositions } from './embedding';
import { rope, ropeBackward, ropeFrequency } from './rope';

describe('embedding', () => {
  it.each([1, 3])('has the gradients that differences give, %d channels', (channels) => {
    const tokens = Int32Array.of(4, 0, 4, 4, 2, 0);
    const tokenTable = randomValues('tokens', 5 * channels);
    const table = randomValues('positions', 4 * channels);
    const indices = sequencePositions(2, 3);
    const input = { tokens, tokenTable, position: { table, indices }, channels };
    const dOut = randomValues('dOut', 6 * channels);
    const { dTokenTable, dPositionTable } = embeddingBackward(input, dOut);
    expectGradient('dTokenTable', dTokenTable, (probe) => embedding({ ...input, tokenTable: probe }), tokenTable, dOut);
    const byPosition = (probe: Float64Array) => embedding({ ...input, position: { table: probe, indices } });
    expectGradient('dPositionTable', dPositionTable ?? new Float64Array(), byPosition, table, dOut);
    expect([...dTokenTable.subarray(channels, 2 * channels)].every((value) => Object.is(value, 0))).toBe(true);
  });

  it('works without positions, and refuses ids outside the table', () => {
    const tokenTable = Float64Array.of(1, 2, 3, 4);
    const tokens = Int32Array.of(1, 0, 1);
    expect([...embedding({ tokens, tokenTable, channels: 2 })]).toEqual([3, 4, 1, 2, 3, 4]);
    expect(embeddingBackward({ tokens, tokenTable, channels: 2 }, new Float64Array(6)).dPositionTable).toBeNull();
    expect(() => embedding({ tokens: Int32Array.of(2), tokenTable, channels: 2 })).toThrow('token 2 is not in 0..1');
    expect(() => embedding({ tokens: Int32Array.of(-1), tokenTable, channels: 2 })).toThrow('token -1 is not in 0..1');
  });
});

describe('rope', () => {
  const shape = { positions: Int32Array.of(0, 1, 7), rowWidth: 10, heads: 2, headSize: 4, theta: 10_000 };
  const x = randomValues('x', 30);

  it('has the gradient that differences give', () => {
    const dOut = randomValues('dOut', 30);
    expectGradient('dX', ropeBackward(shape, dOut), (probe) => rope({ ...shape, x: probe }), x, dOut);
  });

  it('leaves position 0 and the rest of the row, and pairs d with d + D/2', () => {
    const out = rope({ ...shape, x });
    expect([...out.subarray(0, 10)]).toEqual([...x.subarray(0, 10)]);
    expect([...out.subarray(18, 20)]).toEqual([...x.subarray(18, 20)]);
    const unit = Float64Array.of(1, 0, 0, 0);
    const turned = rope({ x: unit, positions: Int32Array.of(2), rowWidth: 4, heads: 1, headSize: 4, theta: 100 });
    expect(largestDifference(turned, [Math.cos(2), 0, Math.sin(2), 0])).toBeLessThan(1e-15);
    const slow = rope({
      x: Float64Array.of(0, 0, 0, 1),
      positions: Int32Array.of(2),
      rowWidth: 4,
      heads: 1,
      headSize: 4,
      theta: 100,
    });
    expect(largestDifference(slow, [0, -Math.sin(0.2), 0, Math.cos(0.2)])).toBeLessThan(1e-15);
  });

  it('makes scores depend on distance alone', () => {
    const dot = (first: number, second: number): number => {
      const turn = (name: string, position: number) =>
        rope({
          x: randomValues(name, 4),
          positions: Int32Array.of(position),
          rowWidth: 4,
          heads: 1,
          headSize: 4,
          theta: 10_000,
        });
      const key = turn('key', second);
      return turn('query', first).reduce((sum, value, i) => sum + value * key[i], 0);
    };
    expect(dot(9, 4)).toBeCloseTo(dot(105, 100), 12);
  });

  it('slows pairs down as Llama 3 and linear scaling do', () => {
    // 128 dims, theta 500000, factor 8 over bands 1 and 4 of 8192 positions: Llama 3.1's own values.
    const llama = { ...shape, headSize: 128, theta: 500_000 };
    const scaling = { factor: 8, bands: { low: 1, high: 4, positions: 8192 } };
    const ratios = Array.from(
      { length: 64 },
      (_, d) => ropeFrequency(d, { ...llama, scaling }) / ropeFrequency(d, llama),
    );
    const wavelengths = Array.from({ length: 64 }, (_, d) => (2 * Math.PI) / ropeFrequency(d, llama));
    for (const [d, ratio] of ratios.entries()) {
      if (wavelengths[d] < 2048) expect(ratio, `pair ${d}`).toBe(1);
      else if (wavelengths[d] > 8192) expect(ratio, `pair ${d}`).toBe(1 / 8);
      else expect(ratio > 1 / 8 && ratio < 1, `pair ${d}`).toBe(true);
    }
    expect(ratios.every((ratio, d) => d === 0 || ratio <= ratios[d - 1])).toBe(true);
    expect(ratios.filter((ratio) => ratio < 1 && ratio > 1 / 8).length).toBeGreaterThan(2);
    expect(ropeFrequency(3, { ...llama, scaling: { factor: 4 } })).toBe(ropeFrequency(3, llama) / 4);
  });

  it('refuses an odd head size', () => {
    expect(() => rope({ ...shape, x, headSize: 3 })).toThrow('even head size');
  });
});

// Attention: gradients against differences over masks, groups and dropout; what a mask hides must not matter.

import { describe, expect, it } from 'vitest';
import { expectGradient } from '../testing/gradientCheck';
import { randomValues } from '../testing/randomValues';
import { type AttentionInput, attention, attentionBackward } from './attention';
import { dropoutMask } from './dropout';

interface Shape {
  readonly batch: number;
  readonly tokens: number;
  readonly queryHeads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}
const shapes: readonly Shape[] = [
  { batch: 1, tokens: 1, queryHeads: 1, keyValueHeads: 1, headSize: 1 },
  { batch: 2, tokens: 3, queryHeads: 2, keyValueHeads: 2, headSize: 3 },
  { batch: 1, tokens: 5, queryHeads: 4, keyValueHeads: 2, headSize: 2 },
  { batch: 1, tokens: 3, queryHeads: 3, keyValueHeads: 1, headSize: 5 },
];

function packed(shape: Shape, causal: boolean, deviation = 1): AttentionInput {
  const { batch, tokens, queryHeads, keyValueHeads, headSize } = shape;
  const count = batch * tokens * (queryHeads + 2 * keyValueHeads) * headSize;
  return { ...shape, causal, qkv: randomValues('qkv', count, deviation) };
}

function expectAttentionGradient(input: AttentionInput): void {
  const dOut = randomValues('dOut', input.batch * input.tokens * input.queryHeads * input.headSize);
  const dQkv = attentionBackward(input, dOut);
  expectGradient('dQkv', dQkv, (qkv) => attention({ ...input, qkv }).out, input.qkv, dOut);
}

describe.each(shapes)('attention %o', (shape) => {
  it.each([true, false])('has the gradient that differences give, causal %s', (causal) => {
    const input = packed(shape, causal);
    const count = shape.batch * shape.queryHeads * shape.tokens ** 2;
    // Each third key is padding, from the second on.
    const mask = Uint32Array.from({ length: shape.batch * shape.tokens }, (_, i) =>
      (i % shape.tokens) % 3 === 1 ? 0 : 1,
    );
    expectAttentionGradient(input);
    if (!causal) expectAttentionGradient({ ...input, mask });
    if (causal) for (const window of [1, 2]) expectAttentionGradient({ ...input, window });
    // Documents of two tokens.
    const starts = Uint32Array.from(mask, (_, i) => (i % shape.tokens) - ((i % shape.tokens) % 2));
    if (causal) expectAttentionGradient({ ...input, mask: starts });
    expectAttentionGradient({ ...input, dropoutMask: dropoutMask(1, 2, 3, count, 0.4) });
  });

  it('has probabilities that sum to 1 and agree with logSumExp', () => {
    const input = packed(shape, true, 30);
    const { probabilities, logSumExp } = attention(input);
    for (let row = 0; row < logSumExp.length; row++) {
      const values = probabilities.subarray(row * shape.tokens, (row + 1) * shape.tokens);
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
      expect(values.every((value, s) => value >= 0 && (s <= row % shape.tokens || value === 0))).toBe(true);
      expect(Number.isFinite(logSumExp[row])).toBe(true);
    }
  });
});

describe('attention', () => {
  it('averages values where all scores tie', () => {
    // D = 1, one head: rows are (q, k, v); queries of 0 score every key 0.
    const qkv = Float64Array.of(0, 5, 1, 0, -3, 2, 0, 100, 6);
    const shape = { qkv, batch: 1, tokens: 3, queryHeads: 1, keyValueHeads: 1, headSize: 1 };
    expect([...attention({ ...shape, causal: true }).out]).toEqual([1, 1.5, expect.closeTo(3, 14)]);
    expect(attention({ ...shape, causal: false }).out[0]).toBeCloseTo(3, 14);
    expect(attention({ ...shape, causal: false }).logSumExp[0]).toBeCloseTo(Math.log(3), 14);
  });

  it('scales scores by 1/sqrt(D) and survives huge ones', () => {
    // D = 4: q.k = 8 for key 0 and 0 for key 1, halved by the scale.
    const q = [2, 0, 0, 0];
    const qkv = Float64Array.of(...q, 4, 0, 0, 0, 1, 1, 1, 1, ...q, 0, 0, 0, 0, 0, 0, 0, 0);
    const shape = { batch: 1, tokens: 2, queryHeads: 1, keyValueHeads: 1, headSize: 4, causal: false };
    expect(attention({ ...shape, qkv }).out[0]).toBeCloseTo(1 / (1 + Math.exp(-4)), 14);
    expect(attention({ ...shape, qkv: qkv.map((x) => x * 1e6) }).probabilities[0]).toBe(1);
  });

  it('gives each group of query heads its own keys and values', () => {
    const shape = { batch: 1, tokens: 1, queryHeads: 4, keyValueHeads: 2, headSize: 1, causal: true };
    // One token: each head returns its value. Rows are 4 queries, 2 keys, 2 values.
    const qkv = Float64Array.of(1, 2, 3, 4, 5, 6, 70, 80);
    expect([...attention({ ...shape, qkv }).out]).toEqual([70, 70, 80, 80]);
  });

  it('sees no key before its window, and all of them with a wide one', () => {
    const shape = { batch: 1, tokens: 5, queryHeads: 1, keyValueHeads: 1, headSize: 2 };
    const input = packed(shape, true);
    const seen = attention({ ...input, window: 2 }).probabilities;
    for (let t = 0; t < 5; t++)
      for (let s = 0; s < 5; s++) expect(seen[5 * t + s] > 0, `token ${t}, key ${s}`).toBe(s <= t && s > t - 2);
    expect([...attention({ ...input, window: 5 }).out]).toEqual([...attention(input).out]);
    expect(() => attention({ ...input, causal: false, window: 2 })).toThrow('needs causal attention');
  });

  it('does not see padding, nor give it gradients; nothing but padding is spread evenly, and finite', () => {
    const shape = { batch: 2, tokens: 4, queryHeads: 1, keyValueHeads: 1, headSize: 2 };
    const input: AttentionInput = { ...packed(shape, false), mask: Uint32Array.of(1, 1, 1, 0, 1, 1, 1, 1) };
    const changed = input.qkv.slice();
    for (let i = 2; i < 6; i++) changed[3 * 6 + i] += 10; // key and value of token 3, sequence 0
    expect([...attention({ ...input, qkv: changed }).out]).toEqual([...attention(input).out]);
    const dQkv = attentionBackward(input, randomValues('dOut', 16));
    expect([...dQkv.subarray(3 * 6 + 2, 4 * 6)]).toEqual([0, 0, 0, 0]);
    const { probabilities, logSumExp } = attention({ ...input, mask: Uint32Array.of(0, 0, 0, 0, 1, 1, 1, 1) });
    expect([...probabilities.subarray(0, 16)]).toEqual(new Array(16).fill(0.25));
    expect(logSumExp.every(Number.isFinite)).toBe(true);
    expect(() => attention({ ...input, mask: Uint32Array.of(1) })).toThrow('a mask needs 8 elements');
  });

  it('is, of documents kept apart, that of each by itself', () => {
    const shape = { tokens: 7, queryHeads: 2, keyValueHeads: 1, headSize: 2 };
    const input = packed({ ...shape, batch: 1 }, true);
    const whole = attention({ ...input, mask: Uint32Array.of(0, 0, 0, 3, 3, 5, 5) }).out;
    const alone = [
      [0, 3],
      [3, 5],
      [5, 7],
    ].flatMap(([from, to]) => {
      const qkv = input.qkv.subarray(from * 8, to * 8);
      return [...attention({ ...input, tokens: to - from, qkv }).out];
    });
    expect([...whole]).toEqual(alone);
    expect([...whole]).not.toEqual([...attention(input).out]);
    expect(() => attention({ ...input, mask: Uint32Array.of(1, 0, 0, 0, 0, 0, 0) })).toThrow('sees itself');
  });
});

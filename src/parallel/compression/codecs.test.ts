// The codecs alone: error bounds, what is kept, and that a value that is not finite never becomes a number.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Codec } from './codec';
import { f16 } from './f16';
import { INT8_BLOCK, int8 } from './int8';
import { keptCount, topK } from './topK';

function decoded(codec: Codec, values: Float32Array): Float32Array {
  const out = new Float32Array(values.length);
  codec.accumulate(codec.encode(values), out, 1);
  return out;
}

const finite = fc.float32Array({ minLength: 1, maxLength: 700, noNaN: true, noDefaultInfinity: true });
const codecs: readonly (readonly [string, Codec])[] = [
  ['f16', f16],
  ['int8', int8],
  ['top-k', topK(0.1)],
];

test('f16: within 2^-11 of the value, or half of 2^-24', () => {
  fc.assert(
    fc.property(fc.float32Array({ min: -65_000, max: 65_000, noNaN: true, minLength: 1 }), (values) => {
      const out = decoded(f16, values);
      for (const [i, value] of values.entries())
        expect(Math.abs(out[i] - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
    }),
  );
});

test('int8: within half a step of the block; the largest of a block nearly exact', () => {
  fc.assert(
    fc.property(finite, (values) => {
      const out = decoded(int8, values);
      for (let start = 0; start < values.length; start += INT8_BLOCK) {
        const block = values.subarray(start, start + INT8_BLOCK);
        const step = block.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / 127;
        for (let i = 0; i < block.length; i++) {
          // The scale is a float32: its rounding counts up to 127 times, and near the smallest numbers it is all there is.
          const bound = step / 2 + 127 * Math.max(step * 2 ** -24, 2 ** -149);
          expect(Math.abs(out[start + i] - block[i])).toBeLessThanOrEqual(bound);
        }
      }
    }),
  );
});

test('int8: x and -x get opposite bytes; blocks of zeros stay zero', () => {
  const values = Float32Array.from({ length: 600 }, (_, i) => (i < 256 ? 0 : Math.sin(i) * 3));
  const out = decoded(int8, values);
  const negated = decoded(
    int8,
    values.map((value) => -value),
  );
  expect([...negated].map((value) => 0 - value)).toEqual([...out].map((value) => value + 0));
  expect(out.subarray(0, 256).every((value) => value === 0)).toBe(true);
});

test('top-k: exactly the k largest, ties by index, their bits unchanged', () => {
  const small = fc.constantFrom(0, -0, 1, -1, 2, -2, 0.5, 1e-40, Number.NaN, Number.POSITIVE_INFINITY);
  const any = fc.oneof(
    fc.array(small, { minLength: 1, maxLength: 60 }),
    finite.map((values) => [...values]),
  );
  fc.assert(
    fc.property(any, fc.double({ min: 0.0001, max: 1, noNaN: true }), (numbers, share) => {
      const values = Float32Array.from(numbers);
      const rank = (i: number) => (Number.isNaN(values[i]) ? Number.MAX_VALUE * 2 : Math.abs(values[i]));
      const order = [...values.keys()].sort((a, b) => {
        const byNaN = Number(Number.isNaN(values[b])) - Number(Number.isNaN(values[a]));
        return byNaN || (rank(a) === rank(b) ? a - b : rank(b) - rank(a));
      });
      const wanted = order.slice(0, keptCount(values.length, share)).sort((a, b) => a - b);
      const [indices, kept] = topK(share).encode(values);
      expect([...indices]).toEqual(wanted);
      expect([...kept]).toEqual(wanted.map((i) => values[i]));
    }),
  );
});

describe.each(codecs)('%s', (_, codec) => {
  test('a value that is not finite is still seen', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const at of [0, 255, 256, 599]) {
        const values = Float32Array.from({ length: 600 }, (_, i) => Math.cos(i) * 100);
        values[at] = bad;
        expect(Number.isFinite(decoded(codec, values)[at])).toBe(false);
      }
    }
  });

  test('adding and then subtracting a code leaves what was there', () => {
    const values = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i));
    const out = new Float32Array(300);
    const code = codec.encode(values);
    codec.accumulate(code, out, 1);
    codec.accumulate(code, out, -1);
    expect(out.every((value) => value === 0)).toBe(true);
  });

  test('a malformed code is refused', () => {
    const code = codec.encode(new Float32Array(300).fill(1));
    for (const payload of [[], [...code, new Uint8Array(1)], [new Uint8Array(300)]])
      expect(() => codec.accumulate(payload, new Float32Array(300), 1)).toThrow(RangeError);
    expect(() => codec.accumulate(code, new Float32Array(10), 1)).toThrow(RangeError);
  });
});

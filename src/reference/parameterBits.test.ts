// Checksum and non-finite count: what they must see, and that the sum may be cut anywhere.

import { describe, expect, it } from 'vitest';
import { randomValues } from '../testing/randomValues';
import { checksum } from './checksum';
import { nonFiniteCount } from './nonFinite';

const values = Float32Array.from(randomValues('values', 101));

describe('checksum', () => {
  it('is 0 for nothing, and pinned for other implementations', () => {
    expect(checksum(new Float32Array())).toBe(0);
    expect(checksum(Float32Array.of(0))).toBe(0);
    // By the formula: mix(0x3f800000) and mix(0x40000000 ^ 0x9e3779b9).
    expect(checksum(Float32Array.of(1))).toBe(mixByBigInt(0x3f800000));
    expect(checksum(Float32Array.of(1, 2))).toBe((mixByBigInt(0x3f800000) + mixByBigInt(0xde3779b9)) % 2 ** 32);
  });

  it('sees any one bit, the order, and signed zeros', () => {
    const before = checksum(values);
    const bits = new Uint32Array(values.slice().buffer);
    for (let bit = 0; bit < 32; bit++) {
      const changed = bits.slice();
      changed[bit] ^= 1 << bit;
      expect(checksum(new Float32Array(changed.buffer))).not.toBe(before);
    }
    expect(checksum(values.slice().reverse())).not.toBe(before);
    expect(checksum(Float32Array.of(-0))).not.toBe(checksum(Float32Array.of(0)));
  });

  it('adds up over parts, wherever they are cut', () => {
    for (const cut of [0, 1, 50, 101]) {
      const parts = checksum(values.subarray(0, cut)) + checksum(values.subarray(cut), cut);
      expect(parts % 2 ** 32).toBe(checksum(values));
    }
  });
});

describe('nonFiniteCount', () => {
  it('counts NaN and both infinities, not the largest number', () => {
    expect(nonFiniteCount(Float32Array.of(NaN, 1, Infinity, -Infinity, 3.4028234663852886e38, 0))).toBe(3);
    expect(nonFiniteCount(new Float64Array())).toBe(0);
  });
});

/** The finaliser again, in whole numbers without 32-bit tricks. */
function mixByBigInt(word: number): number {
  let x = BigInt(word);
  x = ((x ^ (x >> 16n)) * 0x85ebca6bn) % 2n ** 32n;
  x = ((x ^ (x >> 13n)) * 0xc2b2ae35n) % 2n ** 32n;
  return Number(x ^ (x >> 16n));
}

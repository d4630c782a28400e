// The vector sum gives the bits of the plain loop, at every length and offset, for values that hurt.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addByLoop, addInto, countNonFinite, enableVectorSums } from './vectorSum';

test('Node has the vectors', () => {
  expect(enableVectorSums()).toBe(true);
});

test('the bits of the plain loop, and nothing beyond the end', () => {
  const any = fc.float32Array({ minLength: 0, maxLength: 40 });
  fc.assert(
    fc.property(any, any, fc.nat(3), (a, b, offset) => {
      const length = Math.min(a.length, b.length);
      const arena = new Float32Array(length + offset + 4).fill(7);
      arena.set(a.subarray(0, length), offset);
      const wanted = a.slice(0, length);
      addByLoop(wanted, b);
      addInto(arena.subarray(offset, offset + length), b.subarray(0, length));
      expect([...arena.subarray(offset, offset + length)]).toEqual([...wanted]);
      expect([...arena.subarray(offset + length)]).toEqual([7, 7, 7, 7]);
    }),
  );
});

test('across blocks', () => {
  const length = 3 * 4_096 + 5;
  const a = Float32Array.from({ length }, (_, i) => Math.sin(i));
  const b = Float32Array.from({ length }, (_, i) => Math.cos(7 * i) * 1e3);
  const wanted = a.slice();
  addByLoop(wanted, b);
  addInto(a, b);
  expect(a).toEqual(wanted);
});

test('counts what is not finite, in every block and lane, and takes no overflow of its own for one', () => {
  const length = 3 * 4_096 + 5;
  const values = Float32Array.from({ length }, (_, i) => Math.sin(i));
  expect(countNonFinite(values)).toBe(0);
  expect(countNonFinite(new Float32Array(length).fill(3e38))).toBe(0);
  expect(countNonFinite(new Float32Array(0))).toBe(0);
  for (const place of [0, 1, 2, 3, 4_095, 4_096, length - 2, length - 1]) {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const spoiled = values.slice();
      spoiled[place] = bad;
      expect(countNonFinite(spoiled), `${bad} at ${place}`).toBe(1);
    }
  }
  // They cancel in no lane: infinity minus infinity is NaN.
  const both = values.slice();
  both[7] = Infinity;
  both[7 + 4_096] = -Infinity;
  expect(countNonFinite(both)).toBe(2);
  expect(countNonFinite(values), 'nothing is left of the array before').toBe(0);
});

// The vector sum gives the bits of the plain loop, at every length and offset, for values that hurt.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addByLoop, addInto, enableVectorSums } from './vectorSum';

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

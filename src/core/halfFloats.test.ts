// Rounding to binary16 against another library, for every half, every value between two halves, and any float32.

import { getFloat16, setFloat16 } from '@petamoriken/float16';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHalves, toHalves } from './halfFloats';

const view = new DataView(new ArrayBuffer(2));

function wanted(value: number): number {
  setFloat16(view, 0, value);
  return getFloat16(view, 0);
}

function rounded(values: Float32Array): Float32Array {
  const out = new Float32Array(values.length);
  fromHalves(out, toHalves(values));
  return out;
}

test('every half stays what it is, signs of zero and infinities too', () => {
  const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const values = new Float32Array(bits.length);
  fromHalves(values, bits);
  const again = rounded(values);
  for (let i = 0; i < values.length; i++) if (!Object.is(again[i], values[i])) expect.fail(`half ${i}`);
});

test('ties go to even, and everything else to the nearest', () => {
  const bits = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
  const values = new Float32Array(bits.length);
  fromHalves(values, bits);
  const between = values.map((value, i) => (i + 1 < values.length ? (value + values[i + 1]) / 2 : 65_519.99));
  const actual = rounded(between);
  for (let i = 0; i < between.length; i++)
    if (actual[i] !== wanted(between[i])) expect.fail(`${between[i]}: ${actual[i]}`);
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, maxLength: 30 }), (any) => {
      expect([...rounded(any)]).toEqual([...any].map(wanted));
    }),
  );
});

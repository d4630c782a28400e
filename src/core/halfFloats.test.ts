// Rounding to binary16 against another library, for every half, every value between two halves, and any float32; to bfloat16 against
// the two neighbours of any float32.

import { getFloat16, setFloat16 } from '@petamoriken/float16';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bf16ToF32, decodeHalves, fromHalves, toBfloat16, toHalves } from './halfFloats';

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

test.each([
  ['F16', toHalves],
  ['BF16', toBfloat16],
] as const)('%s: every pattern of bits comes back, the payload of each NaN too', (kind, encode) => {
  const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const again = encode(decodeHalves(new Uint8Array(bits.buffer), bits.length, kind));
  for (let i = 0; i < bits.length; i++) if (again[i] !== i) expect.fail(`${i} became ${again[i]}`);
});

test('bfloat16: the nearer neighbour, ties to even, NaN stays NaN', () => {
  const word = new Uint32Array(1);
  const value = new Float32Array(word.buffer);
  const check = (bits: number): void => {
    word[0] = bits;
    const [rounded] = toBfloat16(value);
    const result = bf16ToF32(rounded);
    if (Number.isNaN(value[0])) {
      expect(result).toBeNaN();
      return;
    }
    const below = bits >>> 16;
    const exact = (neighbour: number): number =>
      // Beyond the largest finite value the next step of the grid stands in for infinity.
      (neighbour & 0x7fff) === 0x7f80 ? (neighbour & 0x8000 ? -(2 ** 128) : 2 ** 128) : bf16ToF32(neighbour);
    if ((below & 0x7fff) === 0x7f80) {
      expect(result).toBe(value[0]);
      return;
    }
    const down = Math.abs(value[0] - exact(below));
    const up = Math.abs(exact(below + 1) - value[0]);
    const nearest = down < up || (down === up && below % 2 === 0) ? below : below + 1;
    if (rounded !== nearest) expect.fail(`${value[0]}: ${rounded}, not ${nearest}`);
  };
  for (const low of [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff])
    for (let high = 0; high < 65_536; high += 127) check(high * 65_536 + low);
  for (const bits of [0x7f7f_ffff, 0x7f7f_7fff, 0x7f80_0000, 0xff80_0001, 0x8000_0000, 0x7fff_ffff]) check(bits);
  fc.assert(fc.property(fc.nat(0xffff_ffff), check));
});

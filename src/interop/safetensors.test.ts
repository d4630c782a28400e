// The safetensors reader against hostile files, one test a kind of fault; reader and writer against published files.

import { getFloat16 } from '@petamoriken/float16';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import { bf16ToF32, decodeHalves, f16ToF32 } from '../core/halfFloats';
import { goldenFile } from '../testing/goldenFile';
import {
  countNonFinite,
  readSafetensors,
  type SafeTensor,
  type TensorDtype,
  tensorToFloat32,
  tensorToInt32,
} from './safetensors';
import { float32Tensor, writeSafetensors } from './safetensorsWriter';

/** A file from header text and data, with the true header length unless another is given. */
function file(header: string | Uint8Array, data = 0, length?: bigint): Uint8Array {
  const head = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const out = new Uint8Array(8 + head.byteLength + data);
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(head.byteLength), true);
  out.set(head, 8);
  for (let i = 0; i < data; i++) out[8 + head.byteLength + i] = i;
  return out;
}
const entry = (name: string, dtype: string, shape: string, offsets: string): string =>
  `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

function refusal(bytes: Uint8Array): LabError {
  try {
    readSafetensors(bytes);
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}
function words(bytes: Uint8Array): string {
  const { message, why } = refusal(bytes);
  return `${message} ${why ?? ''}`;
}

describe('hostile safetensors', () => {
  test('row 35: empty and shorter than 8 bytes', () => {
    for (const size of [0, 1, 7])
      expect(words(new Uint8Array(size))).toContain(`not a safetensors file (${size} bytes)`);
  });

  test('row 36: header length over 100 MB, over the file, 2^64 - 1', () => {
    expect(words(file('{}', 0, 2n ** 64n - 1n))).toContain('18446744073709551615');
    expect(words(file('{}', 0, 100_000_001n))).toContain('at most 100000000');
    expect(words(file('{}', 0, 3n))).toContain('3 bytes, 2 are there');
  });

  test('row 37: header not an object, bad UTF-8, a mark, not JSON: with the byte', () => {
    expect(words(file('[]'))).toContain('0x5b');
    expect(words(file('\ufeff{}'))).toContain('0xef');
    expect(words(file(' {}'))).toContain('0x20');
    expect(words(file(''))).toContain('nothing');
    expect(words(file(Uint8Array.from([0x7b, 0x22, 0x61, 0xff, 0x22])))).toContain('bad UTF-8 at byte 11');
    expect(words(file('{"é":x}'))).toContain('expected a value at byte 14');
    for (const text of [
      '{',
      '{"a"}',
      '{"a":1,}',
      '{"a":01}',
      '{} x',
      '{"a":"\t"}',
      '{"a":"\\x"}',
      "{'a':1}",
      '{"a":NaN}',
    ])
      expect(words(file(text))).toMatch(/at byte \d+/);
  });

  test('row 38: deep nesting and a million names, within 2 seconds', () => {
    const deep = file(`{"a":${'['.repeat(1_000_000)}`);
    const wide = file(`{${Array.from({ length: 1_000_000 }, (_, i) => `"${i}":0`).join(',')}}`);
    const start = performance.now();
    expect(words(deep)).toContain('nesting deeper than 8');
    expect(words(wide)).toContain('more than 200000');
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('row 39: duplicate names are refused, also when escaped; odd names are data', () => {
    const twice = `{${entry('a', 'F32', '[1]', '[0,4]')},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`;
    expect(words(file(twice, 8))).toContain('duplicate name "a"');
    expect(words(file('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4))).toContain(
      'duplicate name "dtype"',
    );
    const odd = ['__proto__', 'constructor', 'toString', '', '../../x'];
    const header = `{${odd.map((name, i) => entry(name, 'F32', '[]', `[${4 * i},${4 * i + 4}]`)).join(',')}}`;
    expect([...readSafetensors(file(header, 4 * odd.length)).tensors.keys()]).toEqual(odd);
    expect(Object.prototype).not.toHaveProperty('dtype');
  });

  test('row 40: overlap, hole, outside, negative, begin after end, trailing bytes: with the name', () => {
    const two = (a: string, b: string): string =>
      `{${entry('first', 'F32', '[1]', a)},${entry('second', 'F32', '[1]', b)}}`;
    expect(words(file(two('[0,4]', '[2,6]'), 6))).toContain('"second" overlaps');
    expect(words(file(two('[0,4]', '[0,4]'), 4))).toMatch(/"(first|second)" overlaps/);
    expect(words(file(two('[0,4]', '[6,10]'), 10))).toContain('hole before the tensor "second"');
    expect(words(file(two('[4,8]', '[8,12]'), 12))).toContain('hole before the tensor "first"');
    expect(words(file(two('[0,4]', '[4,8]'), 7))).toContain('"second" lies outside');
    expect(words(file(two('[-4,0]', '[0,4]'), 4))).toContain('"first" has a bad data_offsets');
    expect(words(file(two('[4,0]', '[4,8]'), 8))).toContain('"first" begins at byte 4');
    expect(words(file(two('[0,4]', '[4,8]'), 9))).toContain('after the last tensor');
    expect(words(file('{}', 1))).toContain('after the last tensor');
  });

  test('row 41: shape against range, products past 2^53, negative, fractional and 1e3 dims', () => {
    const one = (shape: string): string => `{${entry('w', 'F32', shape, '[0,4]')}}`;
    expect(words(file(one('[2]'), 4))).toContain('needs 8 bytes; its data_offsets give 4');
    expect(words(file(one('[9007199254740991,9007199254740991]'), 4))).toContain('passes 2^53');
    for (const dim of ['-1', '1.5', '1.0', '1e0', '1e3', '9007199254740993', '"1"', 'null', '[1]'])
      expect(words(file(one(`[${dim}]`), 4)), dim).toContain('"w" has a bad shape');
    expect(words(file(one('{}'), 4))).toContain('no list as shape');
    expect(words(file('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', 4))).toContain(
      'unknown field "x"',
    );
    expect(words(file('{"w":3}'))).toContain('not described');
    expect(words(file('{"__metadata__":{"a":1}}'))).toContain('not a string');
  });

  test('row 42: zero-sized, scalar, odd alignment and a header padded with spaces are accepted and come back equal', () => {
    const header = `{${entry('scalar', 'F32', '[]', '[0,4]')},${entry('none', 'F32', '[0,7]', '[4,4]')},${entry('half', 'F16', '[1]', '[4,6]')},${entry('odd', 'F32', '[2]', '[6,14]')}}`;
    for (const padding of ['', ' ', '     ', ' \n\t']) {
      const bytes = file(header + padding, 14);
      const { tensors } = readSafetensors(bytes);
      expect(tensors.get('none')?.data.byteLength).toBe(0);
      const written = writeSafetensors(tensors);
      const again = readSafetensors(written).tensors;
      for (const [name, tensor] of tensors) expect(again.get(name)).toEqual(tensor);
      expect(writeSafetensors(again)).toEqual(written);
      const odd = tensors.get('odd');
      if (odd !== undefined)
        expect(new Uint8Array(tensorToFloat32('odd', odd).slice().buffer)).toEqual(odd.data.slice());
    }
  });

  test('row 43: F32, F16, BF16 (and I32 as whole numbers) are read; others are named and refused', () => {
    const one = (dtype: string, size: number): Uint8Array => file(`{${entry('w', dtype, '[1]', `[0,${size}]`)}}`, size);
    for (const [dtype, size] of [
      ['F32', 4],
      ['F16', 2],
      ['BF16', 2],
      ['I32', 4],
    ] as const)
      expect(readSafetensors(one(dtype, size)).tensors.get('w')?.dtype).toBe(dtype);
    for (const [dtype, size] of [
      ['F64', 8],
      ['I64', 8],
      ['F8_E4M3', 1],
      ['U8', 1],
      ['BOOL', 1],
    ] as const)
      expect(words(one(dtype, size))).toContain(`"w" has the type ${dtype}`);
    for (const dtype of ['F4', 'f32', '', '__proto__']) expect(words(one(dtype, 4))).toContain('unknown type');
    expect([...readSafetensors(one('BOOL', 1), { skip: (name) => name === 'w' }).tensors]).toEqual([]);
    const tensor: SafeTensor = { dtype: 'I32', shape: [1], data: Uint8Array.of(255, 255, 255, 255) };
    expect([...tensorToInt32('x', tensor)]).toEqual([-1]);
    expect(() => tensorToFloat32('x', tensor)).toThrow(/whole numbers/);
  });

  test('row 44: NaN and infinities load and are counted on their bits', () => {
    expect(countNonFinite(Float32Array.of(0, Number.NaN, -Infinity, 3e38, 1e-45, Infinity))).toBe(3);
  });

  test('row 48: other files under the wrong name are recognised, never parsed', () => {
    const start = (text: string): Uint8Array => Uint8Array.from(`${text}${'x'.repeat(20)}`, (c) => c.charCodeAt(0));
    expect(words(start('PK\u0003\u0004'))).toContain('zip');
    expect(words(start('\u0080\u0002ctorch'))).toContain('pickle');
    expect(words(start('GGUF\u0003'))).toContain('GGUF');
    expect(words(start('\u0089HDF\r\n'))).toContain('HDF5');
    expect(words(start('<!DOCTYPE html>'))).toContain('web page');
    expect(words(start('version https://git-lfs.github.com/spec/v1'))).toContain('Git LFS');
    // A header of 0x280 bytes begins like a pickle, and is not one.
    expect(readSafetensors(file('{}'.padEnd(0x280), 0)).tensors.size).toBe(0);
  });

  test('random damage to a real file is refused by name or read, never anything else', () => {
    const good = writeSafetensors(
      new Map([
        ['a', float32Tensor([2, 2], Float32Array.of(1, 2, 3, 4))],
        ['b', float32Tensor([], Float32Array.of(5))],
      ]),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(good.length),
        (edits, length) => {
          const bytes = good.slice();
          for (const [at, value] of edits) bytes[at] = value;
          try {
            readSafetensors(bytes.subarray(0, length));
          } catch (error) {
            expect(error).toMatchObject({ code: 'safetensors.invalid' });
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('reading and writing', () => {
  test.each([
    'gpt2/model.safetensors',
    'gpt2/io.safetensors',
    'gpt2-4layer/trained.safetensors',
    'bert-qa/io.safetensors',
  ])('row 60: %s comes back byte-equal', (path) => {
    const bytes = goldenFile(path);
    if (bytes === null) return;
    const { tensors, metadata } = readSafetensors(bytes);
    expect(tensors.size).toBeGreaterThan(10);
    expect(Buffer.compare(writeSafetensors(tensors, metadata), bytes)).toBe(0);
  });

  test('any tensors come back equal, twice the same bytes, the data 8-aligned', () => {
    const sizes: Record<TensorDtype, number> = { F32: 4, F16: 2, BF16: 2, I32: 4 };
    const tensor = fc
      .record({
        dtype: fc.constantFrom<TensorDtype>('F32', 'F16', 'BF16', 'I32'),
        shape: fc.array(fc.nat(4), { maxLength: 3 }),
        seed: fc.nat(255),
      })
      .map(
        ({ dtype, shape, seed }): SafeTensor => ({
          dtype,
          shape,
          data: Uint8Array.from(
            { length: shape.reduce((a, b) => a * b, sizes[dtype]) },
            (_, i) => (seed + 31 * i) & 255,
          ),
        }),
      );
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__');
    const texts = fc.array(fc.tuple(name, fc.string()), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor), { maxLength: 6 }), texts, (list, pairs) => {
        const tensors = new Map(list);
        const metadata = new Map(pairs);
        const bytes = writeSafetensors(tensors, metadata);
        expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
        const read = readSafetensors(bytes);
        expect(new Map(read.tensors)).toEqual(tensors);
        expect(read.metadata).toEqual(metadata);
        expect(writeSafetensors(read.tensors, read.metadata)).toEqual(bytes);
        expect(writeSafetensors(new Map([...tensors].reverse()), metadata)).toEqual(bytes);
      }),
    );
  });

  test('every half and bfloat16 is the number that another library reads', () => {
    const view = new DataView(new ArrayBuffer(4));
    const bytes = new Uint8Array(new Uint16Array(65_536).map((_, bits) => bits).buffer);
    const halves = decodeHalves(bytes, 65_536, 'F16');
    const brains = decodeHalves(bytes, 65_536, 'BF16');
    for (let bits = 0; bits < 65_536; bits++) {
      view.setUint16(0, bits);
      const half = getFloat16(view, 0);
      view.setUint32(0, bits << 16);
      const brain = view.getFloat32(0);
      if (!Object.is(f16ToF32(bits), half) || !Object.is(halves[bits], half)) expect.fail(`half ${bits}`);
      if (!Object.is(bf16ToF32(bits), brain) || !Object.is(brains[bits], brain)) expect.fail(`bfloat16 ${bits}`);
    }
  });
});

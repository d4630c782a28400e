// 16-bit floats to and from 32-bit by hand: IEEE half (F16) and bfloat16 (BF16). Pure.
// Node 20 has no Float16Array; the tests judge this file by another library.

const word = new Uint32Array(1);
const value = new Float32Array(word.buffer);

/** IEEE 754 binary16 bits as the number they stand for; exact. */
export function f16ToF32(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 bits as the number they stand for: the upper half of a float32; exact. */
export function bf16ToF32(bits: number): number {
  word[0] = bits << 16;
  return value[0];
}

/** Values of `count` little-endian 16-bit floats that begin at any byte offset of `bytes`. */
export function decodeHalves(bytes: Uint8Array, count: number, kind: 'F16' | 'BF16'): Float32Array {
  const out = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'F16') {
    for (let i = 0; i < count; i++) out[i] = f16ToF32(view.getUint16(2 * i, true));
  } else {
    // Through the bits, so that a NaN's payload survives.
    const words = new Uint32Array(out.buffer);
    for (let i = 0; i < count; i++) words[i] = view.getUint16(2 * i, true) << 16;
  }
  return out;
}

/** Every binary16 value by its bits; made at the first use. */
let halves: Float32Array | undefined;

/** out[i] = the number that the binary16 bits[i] stand for; exact. Both of one length. */
export function fromHalves(out: Float32Array, bits: Uint16Array): void {
  halves ??= Float32Array.from({ length: 65_536 }, (_, i) => f16ToF32(i));
  for (let i = 0; i < bits.length; i++) out[i] = halves[bits[i]];
}

/** The nearest binary16 to each value, ties to even; beyond 65,504 infinite, NaN a NaN. */
export function toHalves(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < out.length; i++) {
    const magnitude = words[i] & 0x7fff_ffff;
    const sign = (words[i] >>> 16) & 0x8000;
    if (magnitude >= 0x4780_0000) {
      // 65,536 and up, infinite, NaN
      out[i] = sign | (magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00);
    } else if (magnitude >= 0x3880_0000) {
      // Normal: exponent bias 127 becomes 15, and 13 bits of the fraction are rounded away; a carry moves into the exponent as it must.
      out[i] = sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    } else {
      // Subnormal: whole multiples of 2^-24. Adding 2^52 leaves a double no bits below one, so it rounds to even.
      out[i] = sign | (Math.abs(values[i]) * 2 ** 24 + 2 ** 52 - 2 ** 52);
    }
  }
  return out;
}

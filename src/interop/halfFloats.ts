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

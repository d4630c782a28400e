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

/** Values of `count` little-endian 16-bit floats that begin at any byte offset of `bytes`; exact, a NaN's sign and payload too. */
export function decodeHalves(bytes: Uint8Array, count: number, kind: 'F16' | 'BF16'): Float32Array {
  const out = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Through the bits: a NaN that is read as a number may lose its payload.
  const words = new Uint32Array(out.buffer);
  if (kind === 'F16') {
    const halves = halfWords();
    for (let i = 0; i < count; i++) words[i] = halves[view.getUint16(2 * i, true)];
  } else {
    for (let i = 0; i < count; i++) words[i] = view.getUint16(2 * i, true) << 16;
  }
  return out;
}

let halves: Uint32Array | undefined;

/** The float32 bits of every binary16 by its bits; made at the first use. */
function halfWords(): Uint32Array {
  if (halves !== undefined) return halves;
  const values = Float32Array.from({ length: 65_536 }, (_, bits) => f16ToF32(bits));
  const words = new Uint32Array(values.buffer);
  for (let bits = 0; bits < 65_536; bits++) {
    const notANumber = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
    if (notANumber) words[bits] = ((bits & 0x8000) << 16) | 0x7f80_0000 | ((bits & 0x3ff) << 13);
  }
  halves = words;
  return words;
}

/** out[i] = the number that the binary16 bits[i] stand for; exact. Both of one length. */
export function fromHalves(out: Float32Array, bits: Uint16Array): void {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  const table = halfWords();
  for (let i = 0; i < bits.length; i++) words[i] = table[bits[i]];
}

/** The nearest binary16 to each value, ties to even; what rounds beyond 65,504 is infinite, a NaN keeps its sign and what fits of its payload. */
export function toHalves(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < out.length; i++) {
    const magnitude = words[i] & 0x7fff_ffff;
    const sign = (words[i] >>> 16) & 0x8000;
    if (magnitude >= 0x4780_0000) {
      // 65,536 and up, infinite, NaN
      out[i] = sign | 0x7c00 | (magnitude > 0x7f80_0000 ? (magnitude >>> 13) & 0x3ff || 0x200 : 0);
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

/** The nearest bfloat16 to each value, ties to even; a NaN keeps its sign and what fits of its payload. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < out.length; i++) {
    const bits = words[i];
    // Half of the last place that stays, less one bit unless that place is odd; a carry moves into the exponent, at the end to infinity.
    if ((bits & 0x7fff_ffff) <= 0x7f80_0000) out[i] = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    else out[i] = (bits >>> 16) | ((bits & 0x7f_0000) === 0 ? 0x40 : 0);
  }
  return out;
}

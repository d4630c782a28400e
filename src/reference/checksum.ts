// A 32-bit fingerprint of float32 parameters, by their bits: equal training gives equal sums, one changed bit another.
// Made to be summed in any order and in parts; it is not a cryptographic hash.

/**
 * Sum modulo 2^32 over i of mix(bits[i] XOR (i * 0x9E3779B9 mod 2^32)), with i counted from `firstIndex`.
 * mix is MurmurHash3's 32-bit finaliser (Appleby 2008): x ^= x >> 16; x *= 0x85EBCA6B; x ^= x >> 13; x *= 0xC2B2AE35;
 * x ^= x >> 16. It is one-to-one, so changing any single element always changes the sum; the index sees to order.
 * Addition of u32 has no order: any split over threads, workgroups or shards gives the same number, and the checksum of
 * a whole is checksum(part 1, 0) + checksum(part 2, length of part 1) modulo 2^32. +0 and -0 differ; so do NaNs.
 */
export function checksum(values: Float32Array, firstIndex = 0): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let sum = 0;
  for (let i = 0; i < bits.length; i++) {
    let x = bits[i] ^ Math.imul(firstIndex + i, 0x9e3779b9);
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    sum = (sum + ((x ^ (x >>> 16)) >>> 0)) >>> 0;
  }
  return sum;
}

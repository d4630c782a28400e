// One signed byte a value and one float32 scale a block of 256: the largest magnitude of a block becomes 127. Pure.
// Error of a value: at most half a scale (Dettmers 2016, "8-bit approximations for parallelism in deep learning", absmax blocks).

import { type Codec, refusePayload } from './codec';

export const INT8_BLOCK = 256;
/** 127 times a larger scale would round to infinity, and a finite value must not come back infinite. */
const LARGEST_SCALE = (3.4028234663852886e38 / 127) * (1 - 2 ** -23);

export const int8: Codec = {
  encode(values) {
    const blocks = Math.ceil(values.length / INT8_BLOCK);
    const codes = new Int8Array(values.length);
    const scales = new Float32Array(blocks);
    for (let block = 0; block < blocks; block++) {
      const start = block * INT8_BLOCK;
      const end = Math.min(start + INT8_BLOCK, values.length);
      const largest = largestMagnitude(values, start, end);
      scales[block] = Math.min(largest / 127, LARGEST_SCALE);
      const scale = scales[block];
      // Nothing to write where all is 0, or so small that the scale is; nor where the scale itself says that the block is not finite.
      if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) continue;
      for (let i = start; i < end; i++) {
        const steps = values[i] / scale;
        // Half away from zero, so that x and -x get the same bytes but for the sign; scales that were rounded down may reach 128.
        const code = Math.trunc(steps + (steps < 0 ? -0.5 : 0.5));
        codes[i] = Math.max(-127, Math.min(127, code));
      }
    }
    return [codes, scales];
  },

  accumulate([codes, scales, ...rest], out, sign) {
    const blocks = Math.ceil(out.length / INT8_BLOCK);
    const fits =
      codes instanceof Int8Array &&
      scales instanceof Float32Array &&
      codes.length === out.length &&
      scales.length === blocks &&
      rest.length === 0;
    if (!fits)
      throw refusePayload([codes, scales, ...rest].filter(Boolean), `${out.length} bytes and ${blocks} scales`);
    for (let block = 0; block < blocks; block++) {
      const scale = sign * scales[block];
      const end = Math.min((block + 1) * INT8_BLOCK, out.length);
      for (let i = block * INT8_BLOCK; i < end; i++) out[i] += Math.fround(codes[i] * scale);
    }
  },
};

/** NaN where any value is not finite: 0 times such a scale is NaN, so that no value of the block looks like a number. */
function largestMagnitude(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  let check = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > largest) largest = magnitude;
    // 0 for every number, NaN for NaN and infinity.
    check += values[i] - values[i];
  }
  return check === 0 ? largest : Number.NaN;
}

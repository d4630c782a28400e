// The k values of largest magnitude with their indices, and zero for all others (Aji and Heafield 2017, "Sparse communication for
// distributed gradient descent"). Exactly k; of equal magnitudes the lower indices; NaN counts as the largest of all. Pure.

import type { Payload } from '../transport/message';
import { type Codec, refusePayload } from './codec';

/** @param share of the values that is kept, at least one. */
export function topK(share: number): Codec {
  return {
    encode(values) {
      const indices = largestIndices(values, keptCount(values.length, share));
      return [indices, Float32Array.from(indices, (index) => values[index])];
    },
    accumulate: addSparse,
  };
}

export function keptCount(length: number, share: number): number {
  return Math.min(length, Math.max(1, Math.ceil(length * share)));
}

function addSparse(payload: Payload, out: Float32Array, sign: 1 | -1): void {
  const [indices, values, ...rest] = payload;
  const fits =
    indices instanceof Uint32Array &&
    values instanceof Float32Array &&
    indices.length === values.length &&
    rest.length === 0;
  if (!fits) throw refusePayload(payload, 'as many indices as values');
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] >= out.length) throw new RangeError(`index ${indices[i]}, where ${out.length} values are expected`);
    out[indices[i]] += sign * values[i];
  }
}

const LOW_BITS = 15;

/** Indices of the `count` largest magnitudes, ascending. Two histograms over the bits of the magnitudes: no sorting. */
function largestIndices(values: Float32Array, count: number): Uint32Array {
  // The bits of a float32 without its sign grow with its magnitude; NaN lies above infinity.
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const high = findBin(words, count, 1 << (31 - LOW_BITS), (magnitude) => magnitude >>> LOW_BITS);
  const low = findBin(words, high.left, 1 << LOW_BITS, (magnitude) =>
    magnitude >>> LOW_BITS === high.bin ? magnitude & ((1 << LOW_BITS) - 1) : -1,
  );
  const threshold = ((high.bin << LOW_BITS) | low.bin) >>> 0;
  const out = new Uint32Array(count);
  let ties = low.left;
  let at = 0;
  for (let i = 0; i < words.length && at < count; i++) {
    const magnitude = words[i] & 0x7fff_ffff;
    if (magnitude > threshold || (magnitude === threshold && ties-- > 0)) out[at++] = i;
  }
  return out;
}

/** The bin in which the `count`-th largest lies, and how many of that bin belong to the `count` largest. `binOf` -1: not counted. */
function findBin(
  words: Uint32Array,
  count: number,
  bins: number,
  binOf: (magnitude: number) => number,
): { readonly bin: number; readonly left: number } {
  const histogram = new Uint32Array(bins);
  for (let i = 0; i < words.length; i++) {
    const bin = binOf(words[i] & 0x7fff_ffff);
    if (bin >= 0) histogram[bin]++;
  }
  let left = count;
  let bin = bins - 1;
  while (bin > 0 && histogram[bin] < left) left -= histogram[bin--];
  return { bin, left };
}

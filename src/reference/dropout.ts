// Dropout as a function of (seed, tag, step, element): the rule that the GPU's kernels follow word for word.
// Nothing is stored between forward and backward: the mask is made again.

import { threefry2x32, unitInterval } from '../core/rng';

/**
 * mask[i] = 1/(1-p) where unitInterval(word) >= p, else 0; word is the first of threefry2x32(seed, tag, first + i, step).
 * p is rounded to float32 first, as the GPU holds it: then both compare the same two numbers and keep the same elements.
 * `tag` names the place in the model (hashName of the module's name). `step` must differ for each pass that needs a mask
 * of its own. i is the element's flat index in the whole tensor, so a shard or a tile makes its part of the same mask:
 * `count` elements from `first` on.
 * RangeError unless 0 <= p < 1. Source: Srivastava et al. 2014, inverted scaling; Salmon et al. 2011 for the words.
 */
export function dropoutMask(
  seed: number,
  tag: number,
  step: number,
  count: number,
  p: number,
  first = 0,
): Float64Array {
  if (!(p >= 0 && p < 1)) throw new RangeError(`dropout: p must be at least 0 and below 1, got ${p}`);
  const threshold = Math.fround(p);
  const mask = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [word] = threefry2x32(seed, tag, first + i, step);
    mask[i] = unitInterval(word) >= threshold ? 1 / (1 - threshold) : 0;
  }
  return mask;
}

/** Some sequences and heads of the attention weights [B, totalHeads, T, T] of a global batch. */
export interface HeadsPart {
  readonly firstRow: number;
  readonly batch: number;
  readonly totalHeads: number;
  readonly headOffset: number;
  readonly heads: number;
  readonly tokens: number;
}

/** [batch, heads, T, T]: the part of the global batch's mask that belongs to these sequences and heads. */
export function headsDropoutMask(seed: number, tag: number, step: number, p: number, part: HeadsPart): Float64Array {
  const { firstRow, batch, totalHeads, headOffset, heads, tokens } = part;
  const count = heads * tokens ** 2;
  const mask = new Float64Array(batch * count);
  for (let b = 0; b < batch; b++) {
    const first = ((firstRow + b) * totalHeads + headOffset) * tokens ** 2;
    mask.set(dropoutMask(seed, tag, step, count, p, first), b * count);
  }
  return mask;
}

/** out[i] = x[i] * mask[i]; both of one length. */
export function dropout(x: Float64Array, mask: Float64Array): Float64Array {
  return x.map((value, i) => value * mask[i]);
}

/** dX[i] = dOut[i] * mask[i]. */
export function dropoutBackward(dOut: Float64Array, mask: Float64Array): Float64Array {
  return dOut.map((value, i) => value * mask[i]);
}

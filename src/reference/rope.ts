// Rotary position embedding in float64, in the rotate-half layout of transformers' Llama: channel d pairs with d + D/2.
// It works in packed rows, so that queries and keys of one qkv row turn at once and values stay.

export interface RopeInput {
  /** [N, rowWidth]; the first `heads` heads of each row are rotated, the rest is copied. */
  readonly x: Float64Array;
  /** [N] */
  readonly positions: Int32Array;
  readonly rowWidth: number;
  readonly heads: number;
  /** D, even. */
  readonly headSize: number;
  /** Base of the frequencies, 10000 in the paper. */
  readonly theta: number;
}

/**
 * out [N, rowWidth]: each pair (d, d + D/2) turned by position * theta^(-2d/D) radians. RangeError for an odd D.
 * Source: Su et al. 2021, "RoFormer", eq. 34, with transformers' pairing.
 */
export function rope(input: RopeInput): Float64Array {
  return rotate(input, input.x, 1);
}

/** dX [N, rowWidth] from dOut: the same turn backwards, since a rotation's transpose is its inverse. input.x is not read. */
export function ropeBackward(input: RopeInput, dOut: Float64Array): Float64Array {
  return rotate(input, dOut, -1);
}

function rotate(shape: RopeInput, values: Float64Array, direction: 1 | -1): Float64Array {
  const { positions, rowWidth, heads, headSize, theta } = shape;
  if (headSize % 2 !== 0 || heads * headSize > rowWidth) {
    throw new RangeError(
      `rope: needs an even head size and heads within the row, got ${heads} x ${headSize} in ${rowWidth}`,
    );
  }
  const half = headSize / 2;
  const out = values.slice();
  for (let n = 0; n < positions.length; n++) {
    for (let h = 0; h < heads; h++) {
      for (let d = 0; d < half; d++) {
        const angle = direction * positions[n] * theta ** ((-2 * d) / headSize);
        const low = n * rowWidth + h * headSize + d;
        const high = low + half;
        out[low] = values[low] * Math.cos(angle) - values[high] * Math.sin(angle);
        out[high] = values[high] * Math.cos(angle) + values[low] * Math.sin(angle);
      }
    }
  }
  return out;
}

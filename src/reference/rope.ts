// Rotary position embedding in float64, in the rotate-half layout of transformers' Llama: channel d pairs with d + D/2.
// It works in packed rows, so that queries and keys of one qkv row turn at once and values stay.

import type { RotaryFrequencies } from '../core/rotary';

export interface RopeInput extends RotaryFrequencies {
  /** [N, rowWidth]; the first `heads` heads of each row are rotated, the rest is copied. */
  readonly x: Float64Array;
  /** [N] */
  readonly positions: Int32Array;
  readonly rowWidth: number;
  readonly heads: number;
  /** D, even. */
  readonly headSize: number;
}

/**
 * Radians a token of pair d: theta^(-2d/D), divided by the factor; Llama 3 divides only wavelengths above positions / low, leaves those below
 * positions / high, and goes smoothly from one to the other. Source: transformers, modeling_rope_utils, `llama3` and `linear`.
 */
export function ropeFrequency(d: number, { headSize, theta, scaling }: Omit<RopeInput, 'x'>): number {
  const frequency = theta ** ((-2 * d) / headSize);
  if (!scaling) return frequency;
  const { factor, bands } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (!bands || wavelength > bands.positions / bands.low) return frequency / factor;
  if (wavelength < bands.positions / bands.high) return frequency;
  const smooth = (bands.positions / wavelength - bands.low) / (bands.high - bands.low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/**
 * out [N, rowWidth]: each pair (d, d + D/2) turned by position * frequency radians. RangeError for an odd D.
 * Source: Su et al. 2021, "RoFormer", eq. 34, with transformers' pairing.
 */
export function rope(input: RopeInput): Float64Array {
  return rotate(input, input.x, 1);
}

/** dX [N, rowWidth] from dOut: the same turn backwards, since a rotation's transpose is its inverse. */
export function ropeBackward(input: Omit<RopeInput, 'x'>, dOut: Float64Array): Float64Array {
  return rotate(input, dOut, -1);
}

function rotate(shape: Omit<RopeInput, 'x'>, values: Float64Array, direction: 1 | -1): Float64Array {
  const { positions, rowWidth, heads, headSize } = shape;
  if (headSize % 2 !== 0 || heads * headSize > rowWidth) {
    throw new RangeError(
      `rope: needs an even head size and heads within the row, got ${heads} x ${headSize} in ${rowWidth}`,
    );
  }
  const half = headSize / 2;
  const out = values.slice();
  for (let d = 0; d < half; d++) {
    const frequency = ropeFrequency(d, shape);
    for (let n = 0; n < positions.length; n++) {
      const angle = direction * positions[n] * frequency;
      for (let h = 0; h < heads; h++) {
        const low = n * rowWidth + h * headSize + d;
        const high = low + half;
        out[low] = values[low] * Math.cos(angle) - values[high] * Math.sin(angle);
        out[high] = values[high] * Math.cos(angle) + values[low] * Math.sin(angle);
      }
    }
  }
  return out;
}

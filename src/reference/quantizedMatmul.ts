// A product with quantised weights in float64: codes and scales read one by one, then a plain matmul. The judge of matmul_quantized.wgsl.

import { matmul } from './matmul';

export interface QuantizedWeights {
  readonly outputs: number;
  readonly inputs: number;
  readonly bits: 8 | 4;
  /** Inputs that share a scale. */
  readonly group: number;
  /** Words of a row. */
  readonly words: number;
  readonly codes: Uint32Array;
  /** [groups, outputs padded to fours] */
  readonly scales: Float32Array;
}

/** The weights that codes and scales stand for: [outputs, inputs]. */
export function dequantized(weights: QuantizedWeights): Float64Array {
  const { outputs, inputs, bits, group, words, codes, scales } = weights;
  const out = new Float64Array(outputs * inputs);
  const perWord = 32 / bits;
  const stride = 4 * Math.ceil(outputs / 4);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      const word = codes[output * words + Math.floor(input / perWord)];
      const unsigned = Math.floor(word / 2 ** (bits * (input % perWord))) % 2 ** bits;
      const code = unsigned >= 2 ** (bits - 1) ? unsigned - 2 ** bits : unsigned;
      out[output * inputs + input] = code * scales[Math.floor(input / group) * stride + output];
    }
  }
  return out;
}

/** Each row rounded to 8 bits by its largest magnitude / 127, as dynamic quantisation of activations does. */
export function roundedRows(x: Float64Array, columns: number): { codes: Int8Array; scales: Float64Array } {
  const rows = x.length / columns;
  const codes = new Int8Array(x.length);
  const scales = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = x.subarray(row * columns, (row + 1) * columns);
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    scales[row] = largest / 127;
    own.forEach((value, i) => {
      codes[row * columns + i] = largest === 0 ? 0 : Math.round((value * 127) / largest);
    });
  }
  return { codes, scales };
}

/** a [m, inputs] times the weights, transposed: [m, outputs]. */
export function quantizedMatmul(a: Float64Array, weights: QuantizedWeights): Float64Array {
  const { outputs: n, inputs: k } = weights;
  return matmul({ a, b: dequantized(weights), m: a.length / k, n, k, transB: true }).out;
}

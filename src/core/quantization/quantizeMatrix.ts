// Rounds a float32 matrix to 8 or 4 bits and says how far off that is, and back. Pure; the layout is scheme.ts's.
//
// int8: scale = largest magnitude / 127, rounded to nearest: no element misses by more than half a scale. int4 has 16 codes, -8 to 7, of which
// the one with no partner is given to the element of largest magnitude (a scale of either sign, as in GGML's q4_0), which saves an offset; a few
// scales around that one are tried and the one with the least squared error is kept (as MSE-optimal clipping does: Banner et al. 2019).

import { LabError } from '../errors';
import {
  groupLength,
  type QuantizationScheme,
  type QuantizedLayout,
  quantizedLayout,
  scaleCount,
  scaleStride,
  wordCount,
} from './scheme';

export interface QuantizationError {
  /** The largest miss of any element: a bound that was measured, not estimated. */
  readonly maxError: number;
  /** Root mean square of the misses over that of the values; 0 for a matrix of zeros. */
  readonly relativeError: number;
}

export interface QuantizedMatrix {
  readonly layout: QuantizedLayout;
  /** Codes in two's complement, the first in the lowest bits: [outputs, 4 * vectors]. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** [groups, outputs padded to fours] */
  readonly scales: Float32Array<ArrayBuffer>;
  readonly error: QuantizationError;
}

export interface WeightMatrix {
  readonly name: string;
  readonly values: Float32Array;
  readonly outputs: number;
  readonly inputs: number;
  /** Stored [inputs, outputs], as GPT-2's Conv1D has it; else [outputs, inputs]. */
  readonly transposed: boolean;
}

/** Of the scale that reaches the largest element exactly. */
const TRIED = [1, 0.95, 0.9, 0.85, 1.06] as const;

/** @throws LabError `run.nonFinite` for a matrix with NaN or infinity: no scale can stand for them */
export function quantizeMatrix(matrix: WeightMatrix, scheme: QuantizationScheme): QuantizedMatrix {
  const work = quantizing(matrix, scheme);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Weights between two pauses: a small part of a second. */
const WEIGHTS_AT_ONCE = 500_000;

/** The same in parts, for a worker that has to show that it is alive: a token table takes seconds. */
export function* quantizing(matrix: WeightMatrix, scheme: QuantizationScheme): Generator<undefined, QuantizedMatrix> {
  const { name, values, outputs, inputs, transposed } = matrix;
  const layout = quantizedLayout(outputs, inputs, scheme);
  const words = new Uint32Array(wordCount(layout));
  const scales = new Float32Array(scaleCount(layout));
  const length = groupLength(layout);
  const int8 = scheme.name === 'int8';
  const perWord = int8 ? 4 : 8;
  const bits = int8 ? 8 : 4;
  const group = new Float32Array(length);
  let maxError = 0;
  let squaredError = 0;
  let squares = 0;
  const rowsAtOnce = Math.max(1, Math.floor(WEIGHTS_AT_ONCE / inputs));
  for (let output = 0; output < outputs; output++) {
    if (output % rowsAtOnce === rowsAtOnce - 1) yield undefined;
    for (let start = 0, index = 0; start < inputs; start += length, index++) {
      const count = Math.min(length, inputs - start);
      for (let i = 0; i < count; i++) {
        const value = transposed ? values[(start + i) * outputs + output] : values[output * inputs + start + i];
        if (!Number.isFinite(value)) throw notFinite(name, value, output, start + i);
        group[i] = value;
      }
      const codesOf = group.subarray(0, count);
      const scale = int8 ? scaleOf8(codesOf) : scaleOf4(codesOf);
      scales[index * scaleStride(outputs) + output] = scale;
      for (let i = 0; i < count; i++) {
        const code = codeOf(group[i], scale, int8);
        const at = start + i;
        words[output * 4 * layout.vectors + Math.floor(at / perWord)] |=
          (code & (int8 ? 0xff : 0xf)) << (bits * (at % perWord));
        const miss = Math.abs(group[i] - code * scale);
        maxError = Math.max(maxError, miss);
        squaredError += miss * miss;
        squares += group[i] * group[i];
      }
    }
  }
  const relativeError = squares === 0 ? 0 : Math.sqrt(squaredError / squares);
  return { layout, words, scales, error: { maxError, relativeError } };
}

/** 0 only where all are 0 (or too small for a scale in float32): then every code is 0. */
function scaleOf8(values: Float32Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return Math.fround(largest / 127);
}

function scaleOf4(values: Float32Array): number {
  let extreme = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  let best = 0;
  let least = Infinity;
  for (const factor of TRIED) {
    const scale = Math.fround((factor * extreme) / -8);
    let error = 0;
    for (const value of values) {
      const miss = value - codeOf(value, scale, false) * scale;
      error += miss * miss;
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

function codeOf(value: number, scale: number, int8: boolean): number {
  if (scale === 0) return 0;
  const code = Math.round(value / scale);
  return int8 ? Math.max(-127, Math.min(127, code)) : Math.max(-8, Math.min(7, code));
}

/** The values that codes and scales stand for, [outputs, inputs]. */
export function dequantizeMatrix({
  layout,
  words,
  scales,
}: Pick<QuantizedMatrix, 'layout' | 'words' | 'scales'>): Float32Array {
  const { outputs, inputs, vectors, scheme } = layout;
  const out = new Float32Array(outputs * inputs);
  const bits = scheme.name === 'int8' ? 8 : 4;
  const perWord = 32 / bits;
  const length = groupLength(layout);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      const word = words[output * 4 * vectors + Math.floor(input / perWord)];
      // Up to the top of the word, then down with its sign.
      const code = (word << (32 - bits * ((input % perWord) + 1))) >> (32 - bits);
      out[output * inputs + input] = code * scales[Math.floor(input / length) * scaleStride(outputs) + output];
    }
  }
  return out;
}

function notFinite(name: string, value: number, output: number, input: number): LabError {
  return new LabError({
    code: 'run.nonFinite',
    message: `${name} cannot be quantised: it has a weight that is not a finite number.`,
    why: `It is ${value}, at output ${output} and input ${input}.`,
    advice: 'Train again from weights that are finite, or leave the model as it is.',
  });
}

// RMS norm of query and key heads in packed rows, in float64 (Qwen3): each head on its own, one weight for queries and one for keys; values stay.

import { rmsNorm, rmsNormBackward } from './rmsNorm';

export interface HeadNormInput {
  /** [N, (heads + 2 kvHeads) headDim]: queries, then keys, then values. */
  readonly qkv: Float64Array;
  /** [headDim], as is keyWeight. */
  readonly queryWeight: Float64Array;
  readonly keyWeight: Float64Array;
  readonly heads: number;
  readonly kvHeads: number;
  readonly epsilon: number;
}

/** Each head that is normed: where it begins, and its weight. */
function* normedHeads(input: HeadNormInput): Iterable<{ start: number; part: 'query' | 'key' }> {
  const { qkv, queryWeight, heads, kvHeads } = input;
  const headDim = queryWeight.length;
  const width = (heads + 2 * kvHeads) * headDim;
  for (let row = 0; row < qkv.length; row += width)
    for (let head = 0; head < heads + kvHeads; head++)
      yield { start: row + head * headDim, part: head < heads ? 'query' : 'key' };
}

function normOf(input: HeadNormInput, start: number, part: 'query' | 'key') {
  const weight = input[`${part}Weight`];
  const x = input.qkv.subarray(start, start + weight.length);
  return { x, weight, rows: 1, channels: weight.length, epsilon: input.epsilon };
}

/** out, packed as qkv is. */
export function headNorm(input: HeadNormInput): Float64Array {
  const out = input.qkv.slice();
  for (const { start, part } of normedHeads(input)) out.set(rmsNorm(normOf(input, start, part)).out, start);
  return out;
}

/** dQkv, packed as qkv is, and the gradients of both weights. */
export function headNormBackward(input: HeadNormInput, dOut: Float64Array) {
  const headDim = input.queryWeight.length;
  const dQkv = dOut.slice();
  const dWeight = { query: new Float64Array(headDim), key: new Float64Array(headDim) };
  for (const { start, part } of normedHeads(input)) {
    const one = rmsNormBackward(normOf(input, start, part), dOut.subarray(start, start + headDim));
    dQkv.set(one.dX, start);
    one.dWeight.forEach((value, c) => {
      dWeight[part][c] += value;
    });
  }
  return { dQkv, dQueryWeight: dWeight.query, dKeyWeight: dWeight.key };
}

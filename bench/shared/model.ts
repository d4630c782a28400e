// What every peer trains: the parameters of a GPT-2-shaped model by transformers' names, with the same first values
// as the lab's own engine, and the matrices of the matmul bench with a float64 judge of their product.

import { type BenchShape, benchTraining } from '../../src/core/benchBatch';
import { fillNormal } from '../../src/core/rng';

type Init = number | 'ones' | 'zeros';

interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  /** A number is the standard deviation of normal values. */
  readonly init: Init;
}

export interface Parameter extends ParameterShape {
  readonly values: Float32Array<ArrayBuffer>;
}

/** All parameters in transformers' order. Conv1D weights are [in, out]; the head is tied to `transformer.wte.weight`. */
export function parameterShapes(s: BenchShape, deviation = 0.02): ParameterShape[] {
  const list: ParameterShape[] = [];
  const put = (name: string, shape: number[], init: Init): void => {
    list.push({ name, shape, init });
  };
  const c = s.width;
  const residual = deviation / Math.sqrt(2 * s.layers);
  put('transformer.wte.weight', [s.vocabulary, c], deviation);
  put('transformer.wpe.weight', [s.block, c], deviation);
  for (let layer = 0; layer < s.layers; layer++) {
    const at = `transformer.h.${layer}.`;
    put(`${at}ln_1.weight`, [c], 'ones');
    put(`${at}ln_1.bias`, [c], 'zeros');
    put(`${at}attn.c_attn.weight`, [c, 3 * c], deviation);
    put(`${at}attn.c_attn.bias`, [3 * c], 'zeros');
    put(`${at}attn.c_proj.weight`, [c, c], residual);
    put(`${at}attn.c_proj.bias`, [c], 'zeros');
    put(`${at}ln_2.weight`, [c], 'ones');
    put(`${at}ln_2.bias`, [c], 'zeros');
    put(`${at}mlp.c_fc.weight`, [c, 4 * c], deviation);
    put(`${at}mlp.c_fc.bias`, [4 * c], 'zeros');
    put(`${at}mlp.c_proj.weight`, [4 * c, c], residual);
    put(`${at}mlp.c_proj.bias`, [c], 'zeros');
  }
  put('transformer.ln_f.weight', [c], 'ones');
  put('transformer.ln_f.bias', [c], 'zeros');
  return list;
}

/** Writes the first values of one parameter, the same as the lab's own engine has. */
export function fillInitial(values: Float32Array, { name, init }: ParameterShape): void {
  if (init === 'ones') values.fill(1);
  else if (init === 'zeros') values.fill(0);
  else fillNormal(values, benchTraining.seed, name, init);
}

export function initialParameters(s: BenchShape): Parameter[] {
  return parameterShapes(s).map((parameter) => {
    const values = new Float32Array(parameter.shape.reduce((a, b) => a * b, 1));
    fillInitial(values, parameter);
    return { ...parameter, values };
  });
}

/** Seeded n x n matrices. B is scaled so that a chain A B B B ... keeps its size. */
export function matmulOperands(n: number): { readonly a: Float32Array; readonly b: Float32Array } {
  const a = new Float32Array(n * n);
  const b = new Float32Array(n * n);
  fillNormal(a, benchTraining.seed, 'bench.matmul.a', 1);
  fillNormal(b, benchTraining.seed, 'bench.matmul.b', 1 / Math.sqrt(n));
  return { a, b };
}

/** One row of A B^times in float64. A row of a product needs no other row, so this is cheap. */
export function productRow(a: Float32Array, b: Float32Array, n: number, row: number, times: number): Float64Array {
  let current = Float64Array.from(a.subarray(row * n, (row + 1) * n));
  for (let t = 0; t < times; t++) {
    const next = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      const x = current[k] ?? 0;
      const offset = k * n;
      for (let j = 0; j < n; j++) next[j] = (next[j] ?? 0) + x * (b[offset + j] ?? 0);
    }
    current = next;
  }
  return current;
}

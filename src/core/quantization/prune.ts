// Sets the weights of least magnitude of a matrix to zero. Pure.

export const pruningNames = ['magnitude', '2:4'] as const;
export type PruningName = (typeof pruningNames)[number];

export interface Pruning {
  readonly name: PruningName;
  /** Share of the weights that `magnitude` takes away, from 0 to below 1; 2:4 takes half. */
  readonly sparsity: number;
}

export interface MatrixShape {
  readonly outputs: number;
  readonly inputs: number;
  /** Stored [inputs, outputs]. */
  readonly transposed: boolean;
}

/**
 * A pruned copy. `magnitude` (Han et al. 2015, section 3): the smallest of the whole matrix go, ties in storage order. `2:4` (Mishra et al. 2021):
 * of every four neighbouring inputs of an output the two largest stay, which sparse tensor cores can skip by.
 */
export function pruneMatrix(values: Float32Array, shape: MatrixShape, { name, sparsity }: Pruning): Float32Array {
  const pruned = values.slice();
  if (name === 'magnitude') {
    const order = Array.from(values.keys()).sort((a, b) => Math.abs(values[a]) - Math.abs(values[b]) || a - b);
    for (const index of order.slice(0, Math.floor(sparsity * values.length))) pruned[index] = 0;
    return pruned;
  }
  const { outputs, inputs, transposed } = shape;
  const at = (output: number, input: number): number =>
    transposed ? input * outputs + output : output * inputs + input;
  for (let output = 0; output < outputs; output++) {
    for (let start = 0; start < inputs; start += 4) {
      const four = Array.from({ length: Math.min(4, inputs - start) }, (_, i) => at(output, start + i));
      four.sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b);
      for (const index of four.slice(2)) pruned[index] = 0;
    }
  }
  return pruned;
}

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
    const count = Math.floor(sparsity * values.length);
    const bits = new Uint32Array(pruned.slice().buffer).map((word) => word & 0x7fff_ffff);
    const { limit, below } = smallest(bits, count);
    let ties = count - below;
    bits.forEach((magnitude, index) => {
      if (magnitude < limit || (magnitude === limit && ties-- > 0)) pruned[index] = 0;
    });
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

/**
 * The magnitude that the `count`-th smallest stops at, and how many are below it: by counting high halves, then low halves, since sorting a token
 * table takes minutes. Bits of magnitudes are ordered as the numbers are.
 */
function smallest(bits: Uint32Array, count: number): { readonly limit: number; readonly below: number } {
  let below = 0;
  let high = 0;
  const counts = new Uint32Array(65_536);
  for (const word of bits) counts[word >>> 16]++;
  while (high < 65_535 && below + counts[high] <= count) below += counts[high++];
  counts.fill(0);
  for (const word of bits) if (word >>> 16 === high) counts[word & 0xffff]++;
  let low = 0;
  while (low < 65_535 && below + counts[low] <= count) below += counts[low++];
  return { limit: high * 65_536 + low, below };
}

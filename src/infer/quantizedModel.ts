// A model with its large weights in 8 or 4 bits: which weights those are, and their codes. Those that products read are rounded, found in the
// programs themselves, so that no family has to say so; the rest stays as it is. Pure: no device.

import type { ArenaEntry, ArenaLayout } from '../core/arena';
import type { QuantizedModel, QuantizedParameter } from '../core/quantization/quantizedModel';
import {
  dequantizeMatrix,
  type QuantizedMatrix,
  quantizing,
  type WeightMatrix,
} from '../core/quantization/quantizeMatrix';
import type { QuantizationScheme } from '../core/quantization/scheme';
import { isDispatch, type ProgramCall } from '../gpu/graph';

/** A weight as products read it: one parameter, or several that lie one behind the other as rows of one matrix. */
export interface ProductWeight {
  /** In the parameter arena. */
  readonly offset: number;
  readonly outputs: number;
  readonly inputs: number;
  /** Stored [inputs, outputs]. */
  readonly transposed: boolean;
}

/** The parameters that products of these calls multiply by, each once. */
export function productWeights(calls: readonly ProgramCall[]): ProductWeight[] {
  const found = new Map<number, ProductWeight>();
  for (const call of calls) {
    if (!isDispatch(call) || !call.kernel.startsWith('matmul_')) continue;
    const weight = call.bind['b'];
    if (weight?.storage.kind !== 'arena') continue;
    const { offset } = weight.storage;
    const { n: outputs, k: inputs } = call.params;
    found.set(offset, { offset, outputs, inputs, transposed: call.flags['TB'] === 0 });
  }
  return [...found.values()].sort((a, b) => a.offset - b.offset);
}

/** The parameters that a weight consists of, in their order. */
export function partsOf(weight: ProductWeight, layout: ArenaLayout): ArenaEntry[] {
  const end = weight.offset + weight.outputs * weight.inputs;
  return [...layout.entries.values()]
    .filter(({ offset, length }) => offset >= weight.offset && offset + length <= end)
    .sort((a, b) => a.offset - b.offset);
}

/**
 * Rounds the weights that products read, with turns for the event loop. `onProgress` gets a share of 1 after each matrix.
 * @throws LabError `run.nonFinite` for a weight that is not finite
 */
export async function quantizeModel(
  layout: ArenaLayout,
  weights: readonly ProductWeight[],
  values: ReadonlyMap<string, Float32Array>,
  scheme: QuantizationScheme,
  onProgress: (share: number) => void,
): Promise<QuantizedModel> {
  const quantized = new Map<string, QuantizedParameter>();
  const plain = new Map(values);
  for (const [index, weight] of weights.entries()) {
    const { inputs, transposed } = weight;
    for (const { name, length } of partsOf(weight, layout)) {
      const own = values.get(name);
      if (!own) throw new RangeError(`quantizeModel: no values of ${name}`);
      const outputs = length / inputs;
      const matrix = await inParts({ name, values: own, outputs, inputs, transposed }, scheme);
      quantized.set(name, { ...matrix, transposed });
      plain.delete(name);
    }
    onProgress((index + 1) / weights.length);
  }
  return { scheme, quantized, plain };
}

async function inParts(matrix: WeightMatrix, scheme: QuantizationScheme): Promise<QuantizedMatrix> {
  const work = quantizing(matrix, scheme);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** What the model computes with, in float32 as the family stores it. */
export function dequantizeModel({ quantized, plain }: QuantizedModel): Map<string, Float32Array> {
  const values = new Map(plain);
  for (const [name, parameter] of quantized) {
    const { outputs, inputs } = parameter.layout;
    const straight = dequantizeMatrix(parameter);
    if (!parameter.transposed) values.set(name, straight);
    else {
      const turned = new Float32Array(straight.length);
      for (let output = 0; output < outputs; output++)
        for (let input = 0; input < inputs; input++)
          turned[input * outputs + output] = straight[output * inputs + input];
      values.set(name, turned);
    }
  }
  return values;
}

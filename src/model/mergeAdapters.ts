// A run's adapters merged into the weights that they stand beside: the model as whoever asks or exports it sees it. Pure.

import { type LoraConfig, loraScale } from '../core/loraConfig';
import { addLowRank } from '../core/lowRank';
import type { ModelConfig } from '../core/modelConfig';
import { downName, loraModules, upName } from './shapes/adapterShapes';

/**
 * @param base the model's own parameters by name; those without an adapter are the same arrays in the result
 * @param adapters the matrices A and B by name
 */
export async function mergeAdapters(
  model: ModelConfig,
  lora: LoraConfig,
  base: ReadonlyMap<string, Float32Array>,
  adapters: ReadonlyMap<string, Float32Array>,
): Promise<Map<string, Float32Array>> {
  const merged = new Map(base);
  const scale = loraScale(lora);
  for (const { name, weight, inFeatures, outFeatures, inputsFirst } of loraModules(model, lora)) {
    const [values, down, up] = [base.get(weight.name), adapters.get(downName(name)), adapters.get(upName(name))];
    if (!values || !down || !up) throw new RangeError(`${name} has no weight, or half an adapter`);
    merged.set(
      weight.name,
      addLowRank({ inFeatures, outFeatures, rank: lora.r, inputsFirst, scale }, values, down, up),
    );
    // A worker keeps answering, and beating, between two matrices.
    await new Promise((resolve) => {
      setTimeout(resolve);
    });
  }
  return merged;
}

// Initial weights as a function of (seed, parameter name): every mesh starts from the same model. Pure.

import { fillNormal } from '../core/rng';
import type { Gpt2Config } from '../core/runConfig';
import { gpt2Parameters } from './shapes/gpt2Shapes';

/**
 * Writes one parameter's initial values into `out` (its elements only, row-major).
 * `residual` projections start smaller by sqrt(2 L), as transformers does for GPT-2 (Radford et al. 2019, section 2.3).
 */
function initializeParameter(
  out: Float32Array,
  config: Gpt2Config,
  parameter: ReturnType<typeof gpt2Parameters>[number],
  seed: number,
): void {
  if (parameter.init === 'ones') out.fill(1);
  else if (parameter.init === 'zeros') out.fill(0);
  else {
    const deviation =
      parameter.init === 'residual'
        ? config.initializer_range / Math.sqrt(2 * config.n_layer)
        : config.initializer_range;
    fillNormal(out, seed, parameter.name, deviation);
  }
}

/** Initial values of every parameter, by name. */
export function initialWeights(model: Gpt2Config, seed: number): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const parameter of gpt2Parameters(model)) {
    const value = new Float32Array(parameter.shape.reduce((a, b) => a * b, 1));
    initializeParameter(value, model, parameter, seed);
    values.set(parameter.name, value);
  }
  return values;
}

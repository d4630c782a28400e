// Sets up a quantised model to be asked: finds the weights that its programs multiply by, rounds them where that is not done, and puts them on the
// device.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { QuantizedModel } from '../core/quantization/quantizedModel';
import type { QuantizationScheme } from '../core/quantization/scheme';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { planDecode } from './decodePlan';
import type { InferEngine } from './inferEngine';
import { type ProductWeight, productWeights, quantizeModel } from './quantizedModel';
import { QuantizedParameters } from './quantizedParameters';

/** The weights that continuing a text multiplies by. */
export function modelWeights({ choices, cache }: InferEngine, model: ModelConfig): ProductWeight[] {
  const whole = wholeModel(modelSizes(model).layers);
  const { prefill, decode } = planDecode(model, whole, modelArena(model), 1, choices, cache.catalog, null);
  return productWeights([...prefill.calls, ...decode.calls]);
}

/** @throws LabError `run.nonFinite` for a weight that is not finite */
export function quantizedModel(
  engine: InferEngine,
  model: ModelConfig,
  values: ReadonlyMap<string, Float32Array>,
  scheme: QuantizationScheme,
  onProgress: (share: number) => void,
): Promise<QuantizedModel> {
  return quantizeModel(modelArena(model), modelWeights(engine, model), values, scheme, onProgress);
}

/** @throws LabError `gpu.limit`, `gpu.outOfMemory`, `model.mismatch` */
export function holdQuantized(
  engine: InferEngine,
  model: ModelConfig,
  quantized: QuantizedModel,
  dot: boolean,
): Promise<QuantizedParameters> {
  return QuantizedParameters.allocate(engine.gpu, modelArena(model), modelWeights(engine, model), quantized, dot);
}

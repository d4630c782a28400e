// What a trace of adapters is made with, from a run's settings. No device.

import { type LoraConfig, loraScale } from '../core/loraConfig';
import type { ModelConfig } from '../core/modelConfig';
import type { AdapterOptions, TensorSplit } from '../model/layerTracer';
import { dividedInputs } from '../model/shapes/adapterShapes';

export function adapterOptions(model: ModelConfig, lora: LoraConfig, split: TensorSplit): AdapterOptions {
  return { scale: loraScale(lora), dropout: lora.lora_dropout, inputs: dividedInputs(model, split) };
}

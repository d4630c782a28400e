// Lets a program read parameters that another owner holds, with the rest of its tensors in memory of its own: no copy of a model to ask it.

import { bufferBytes } from '../gpu/bufferBytes';
import { byteLength } from '../gpu/graph';
import type { TensorPlaces } from '../gpu/program';

/** @param parameters the arena, laid out as the program's trace was told */
export function withParameters(own: TensorPlaces, parameters: GPUBuffer): TensorPlaces {
  return {
    resource(tensor, slot) {
      if (tensor.storage.kind !== 'arena') return own.resource(tensor, slot);
      return { buffer: parameters, offset: 4 * tensor.storage.offset, size: bufferBytes(byteLength(tensor)) };
    },
  };
}

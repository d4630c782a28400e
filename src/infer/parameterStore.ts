// Where a program that only reads finds a model's parameters: in the arena of whoever holds them, without a copy, or partly in fewer bits.

import { bufferBytes } from '../gpu/bufferBytes';
import { byteLength, type Tensor } from '../gpu/graph';
import type { BufferRange, TensorPlaces } from '../gpu/program';
import type { QuantizedWeights } from '../gpu/quantizedWeights';

export interface ParameterStore {
  /** Null for what is no parameter. */
  place(tensor: Tensor): BufferRange | null;
  /** What a program over this store has to be lowered with. */
  readonly quantized: QuantizedWeights | null;
}

/** Parameters in an arena as modelArena lays it out, which stays its owner's. */
export function arenaStore(arena: GPUBuffer): ParameterStore {
  return {
    quantized: null,
    place: (tensor) =>
      tensor.storage.kind === 'arena'
        ? { buffer: arena, offset: 4 * tensor.storage.offset, size: bufferBytes(byteLength(tensor)) }
        : null,
  };
}

/** A program's places: parameters from the store, the rest of its own. */
export function withParameters(own: TensorPlaces, store: ParameterStore): TensorPlaces {
  return { resource: (tensor, slot) => store.place(tensor) ?? own.resource(tensor, slot) };
}

// The fingerprint of a rank's parameters as dispatches: a 32-bit sum over the bits of its arena, gaps included. Plain data; no device.

import type { Emitter } from '../gpu/emitter';
import type { ProgramCall, Tensor } from '../gpu/graph';
import { planChecksum } from '../gpu/plans/checksum';

/** @param length elements of the parameter arena as this rank stores it */
export function emitChecksum(
  emit: Emitter,
  length: number,
): { readonly calls: readonly ProgramCall[]; readonly out: Tensor } {
  const { dispatches, partials } = planChecksum({ count: length, firstIndex: 0 }, emit.choices.family);
  const parameters = emit.tensors.make('parameters', [length], 'f32', {
    kind: 'arena',
    arena: 'parameters',
    offset: 0,
  });
  const partial = emit.scratch('checksum.partial', [partials], 'u32');
  const out = emit.tensors.make('checksum', [1], 'u32', { kind: 'slot', keep: true });
  for (const dispatch of dispatches) emit.call('checksum', dispatch, { parameters, partial, out });
  return { calls: emit.calls, out };
}

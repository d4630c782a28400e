// Decodes what a rank sent, and names both ranks where it is malformed.

import type { Call } from '../collectives/call';
import type { Payload } from '../transport/message';
import type { Codec } from './codec';

/** out += decoded. @throws LabError `mesh.mismatch`, which aborts. */
export function decodeFrom(call: Call, index: number, codec: Codec, payload: Payload, out: Float32Array): void {
  try {
    codec.accumulate(payload, out, 1);
  } catch (error) {
    if (error instanceof RangeError) throw call.mismatch(index, 'code', error.message);
    throw error;
  }
}

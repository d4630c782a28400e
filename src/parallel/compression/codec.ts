// What a way to write gradients smaller must offer. Pure: a codec knows nothing of ranks, residuals or messages.

import type { Payload } from '../transport/message';

export interface Codec {
  /** `values` stay as they are. A value that is not finite must come back as one that is not finite. */
  encode(values: Float32Array): Payload;
  /**
   * out[i] += sign * decoded[i], each sum rounded to float32 once: the same bits from the same payloads in the same order.
   * @throws RangeError where the payload is not one of `out.length` values.
   */
  accumulate(payload: Payload, out: Float32Array, sign: 1 | -1): void;
}

/** The malformed payload of another rank. */
export function refusePayload(payload: Payload, wanted: string): RangeError {
  const has = payload.map((array) => `${array.constructor.name} of ${array.length}`).join(', ');
  return new RangeError(`arrays ${has === '' ? 'none' : has}, where ${wanted} are expected`);
}

// Compression of a gradient that goes to one rank alone, as an asynchronous worker pushes it: error feedback at the sender, nothing at the
// receiver. It must not know how the payload travels.

import type { Payload } from '../transport/message';
import { type Codec, refusePayload } from './codec';
import { f16 } from './f16';
import { int8 } from './int8';
import { powerDecode, powerEncode } from './powerSgd';
import { type CompressionSettings, type CompressionState, settleResidual, withResidual } from './state';
import { topK } from './topK';

function codecOf({ compression, topKShare }: CompressionSettings): Codec | null {
  if (compression === 'f16') return f16;
  if (compression === 'int8') return int8;
  return compression === 'top-k' ? topK(topKShare) : null;
}

/** What to send of `values`, which stay as they are; what is left out is kept in `state` and added to the next. */
export function encodeForOne(values: Float32Array, settings: CompressionSettings, state: CompressionState): Payload {
  const { compression, errorFeedback, powerRank } = settings;
  if (compression === 'power-sgd') return powerEncode(values, powerRank, errorFeedback, state);
  const codec = codecOf(settings);
  if (codec === null) return [values.slice()];
  const input = withResidual(state, values, errorFeedback);
  const payload = codec.encode(input);
  if (errorFeedback) {
    codec.accumulate(payload, input, -1);
    settleResidual(input);
  }
  return payload;
}

/** @throws RangeError for a payload that is not one of `length` values */
export function decodeFromOne(payload: Payload, length: number, settings: CompressionSettings): Float32Array {
  if (settings.compression === 'power-sgd') return powerDecode(payload, length, settings.powerRank);
  const codec = codecOf(settings);
  if (codec !== null) {
    const out = new Float32Array(length);
    codec.accumulate(payload, out, 1);
    return out;
  }
  const [values] = payload;
  if (payload.length === 1 && values instanceof Float32Array && values.length === length) return values;
  throw refusePayload(payload, `${length} values`);
}

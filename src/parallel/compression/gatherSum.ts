// All-reduce of a sparse code: every rank gets every rank's few values, and adds them up in rank order. A second pass as dense codes
// have it would have to send up to ranks x k values, or to leave some out again.

import { Call } from '../collectives/call';
import { gatherPayloads } from '../collectives/gatherPayloads';
import type { CallOptions, Group } from '../collectives/group';
import type { Codec } from './codec';
import { decodeFrom } from './decodeFrom';
import { type CompressionState, settleResidual, withResidual } from './state';

/** In place on `data`; see compressedAllReduce. */
export async function gatherSumAllReduce(
  group: Group,
  data: Float32Array,
  codec: Codec,
  errorFeedback: boolean,
  state: CompressionState,
  options: CallOptions,
): Promise<void> {
  const call = new Call(group, 'allReduce', options);
  const input = withResidual(state, data, errorFeedback);
  const own = codec.encode(input);
  if (errorFeedback) {
    codec.accumulate(own, input, -1);
    settleResidual(input);
  }
  const payloads = await gatherPayloads(call, own);
  data.fill(0);
  for (const [from, payload] of payloads.entries()) decodeFrom(call, from, codec, payload, data);
  call.finish();
}

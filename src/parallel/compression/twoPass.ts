// All-reduce of a dense code in two passes: every rank sends each part of its gradient, encoded, to the part's owner; owners sum in
// rank order, encode the sum and send it to all. So the bytes fall by the code's ratio at any group size, where an all-gather of
// encoded gradients grows with it. Both passes keep what they leave out (Tang et al. 2019, "DoubleSqueeze", algorithm 1).

import { partition } from '../../core/partition';
import { Call } from '../collectives/call';
import { gatherPayloads } from '../collectives/gatherPayloads';
import type { CallOptions, Group } from '../collectives/group';
import { part } from '../collectives/spans';
import type { Payload } from '../transport/message';
import type { Codec } from './codec';
import { decodeFrom } from './decodeFrom';
import { type CompressionState, settleResidual, withResidual } from './state';

/** In place on `data`; see compressedAllReduce. */
export async function twoPassAllReduce(
  group: Group,
  data: Float32Array,
  codec: Codec,
  errorFeedback: boolean,
  state: CompressionState,
  options: CallOptions,
): Promise<void> {
  const { index, ranks } = group;
  const call = new Call(group, 'allReduce', options);
  const spans = partition(data.length, ranks.length);
  const input = withResidual(state, data, errorFeedback);
  let kept: Payload = [];
  for (const [to, span] of spans.entries()) {
    const values = part(input, span);
    const payload = codec.encode(values);
    if (errorFeedback) codec.accumulate(payload, values, -1);
    if (to === index) kept = payload;
    else call.send(to, 'part', payload);
  }
  if (errorFeedback) settleResidual(input);

  const waits = ranks.map((_, from) => (from === index ? undefined : call.receive(from, 'part')));
  const sum = new Float32Array(spans[index].length);
  for (const [from, wait] of waits.entries())
    decodeFrom(call, from, codec, wait === undefined ? kept : await call.arrived(wait), sum);

  if (errorFeedback && state.sumResidual) for (let i = 0; i < sum.length; i++) sum[i] += state.sumResidual[i];
  const encoded = codec.encode(sum);
  if (errorFeedback) {
    codec.accumulate(encoded, sum, -1);
    settleResidual(sum);
    state.sumResidual = sum;
  }
  const sums = await gatherPayloads(call, encoded);
  data.fill(0);
  for (const [from, payload] of sums.entries()) decodeFrom(call, from, codec, payload, part(data, spans[from]));
  call.finish();
}

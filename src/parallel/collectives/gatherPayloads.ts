// All-gather of payloads whose form only the sender knows: compressed gradients.

import type { Payload, TensorArray } from '../transport/message';
import { Call } from './call';
import type { CallOptions, Group } from './group';

/**
 * @param payload not consumed: copies are sent.
 * @returns the payload of every rank of the group, in order.
 * @throws LabError (as a rejection) of the endpoint.
 */
export async function gatherPayloads(group: Group, payload: Payload, options: CallOptions): Promise<Payload[]> {
  const { ranks, index } = group;
  if (ranks.length === 1) return [payload];
  const call = new Call(group, 'allGather', options);
  for (let hop = 1; hop < ranks.length; hop++)
    call.send(
      (index + hop) % ranks.length,
      'payload',
      payload.map((array): TensorArray => array.slice()),
    );
  const waits = ranks.map((_, from) => (from === index ? undefined : call.receive(from, 'payload')));
  const out: Payload[] = [];
  for (const wait of waits) out.push(wait === undefined ? payload : await call.arrived(wait));
  call.finish();
  return out;
}

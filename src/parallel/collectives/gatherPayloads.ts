// All-gather of payloads whose form only the sender knows: compressed gradients. A phase of a call.

import type { Payload, TensorArray } from '../transport/message';
import type { Call } from './call';

/**
 * @param payload not consumed: copies are sent.
 * @returns the payload of every rank of the group, in order; their lengths are not checked.
 * @throws LabError (as a rejection) of the endpoint.
 */
export async function gatherPayloads(call: Call, payload: Payload): Promise<Payload[]> {
  const { ranks, index } = call.group;
  for (let hop = 1; hop < ranks.length; hop++)
    call.send(
      (index + hop) % ranks.length,
      'payload',
      payload.map((array): TensorArray => array.slice()),
    );
  const waits = ranks.map((_, from) => (from === index ? undefined : call.receive(from, 'payload')));
  const out: Payload[] = [];
  for (const wait of waits) out.push(wait === undefined ? payload : await call.arrived(wait));
  return out;
}

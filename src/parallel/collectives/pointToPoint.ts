// Send and receive between two ranks of a group: activations and their gradients between pipeline stages, drawn tokens back to the first.

import { Call } from './call';
import type { CallOptions, Group } from './group';

/**
 * Gives `data` away: its whole buffer is detached here. To keep it, send `group.pool.copy(data)`. `to` is a rank of the group.
 * @throws LabError of the endpoint.
 */
export function send(group: Group, to: number, data: Float32Array, options: CallOptions): void {
  const call = new Call(group, 'send', options, 'send');
  call.send(group.ranks.indexOf(to), '', [data]);
  call.finish();
}

/**
 * What `from` sent with the same `what` and `key`; calls of one key match in order. The caller owns the array, and may hand it to
 * `group.pool.give` when done.
 * @throws LabError (as a rejection) of the endpoint; `mesh.mismatch` for another length.
 */
export async function receive(group: Group, from: number, length: number, options: CallOptions): Promise<Float32Array> {
  const call = new Call(group, 'receive', options, 'send');
  const index = group.ranks.indexOf(from);
  const values = await call.values(call.receive(index, ''), index, '', length);
  call.finish();
  return values;
}

/** As `send`, of whole numbers. */
export function sendTokens(group: Group, to: number, tokens: Uint32Array, options: CallOptions): void {
  const call = new Call(group, 'send', options, 'send');
  call.send(group.ranks.indexOf(to), '', [tokens]);
  call.finish();
}

/** As `receive`, of whole numbers. */
export async function receiveTokens(
  group: Group,
  from: number,
  length: number,
  options: CallOptions,
): Promise<Uint32Array<ArrayBuffer>> {
  const call = new Call(group, 'receive', options, 'send');
  const index = group.ranks.indexOf(from);
  const payload = await call.arrived(call.receive(index, ''));
  const [tokens] = payload;
  if (payload.length !== 1 || !(tokens instanceof Uint32Array) || tokens.length !== length)
    throw call.mismatch(index, '', `${payload.length} arrays, where one of ${length} tokens is expected`);
  call.finish();
  return Uint32Array.from(tokens);
}

// Broadcast: every rank of the group ends with what the root holds.

import { Call } from './call';
import type { CallOptions, Group } from './group';

/**
 * `root` is a rank of the group. Its `data` is not consumed; the others' `data`, of the same length, is overwritten.
 * @throws LabError (as a rejection) of the endpoint; `mesh.mismatch` where lengths differ.
 */
export async function broadcast(
  group: Group,
  data: Float32Array,
  root: number,
  options: CallOptions,
): Promise<Float32Array> {
  const { ranks, index, pool } = group;
  if (ranks.length === 1 || data.length === 0) return data;
  const call = new Call(group, 'broadcast', options);
  const from = ranks.indexOf(root);
  if (index === from) {
    for (let hop = 1; hop < ranks.length; hop++) call.sendCopy((index + hop) % ranks.length, '', data);
  } else {
    const values = await call.values(call.receive(from, ''), from, '', data.length);
    data.set(values);
    pool.give(values);
  }
  call.finish();
  return data;
}

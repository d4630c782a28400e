// All-to-all: rank i of the group gets part i of every rank.

import { Call } from './call';
import type { CallOptions, Group } from './group';

/**
 * `parts[j]` goes to rank j of the group; parts may be views and of any length, 0 too. They are not consumed.
 * @returns what each rank had for this one, in order; a group's own part is the one given.
 * @throws LabError (as a rejection) of the endpoint.
 */
export async function allToAll(
  group: Group,
  parts: readonly Float32Array[],
  options: CallOptions,
): Promise<Float32Array[]> {
  const { ranks, index } = group;
  if (ranks.length === 1) return [...parts];
  const call = new Call(group, 'allToAll', options);
  for (let hop = 1; hop < ranks.length; hop++) {
    const to = (index + hop) % ranks.length;
    call.sendCopy(to, '', parts[to]);
  }
  const waits = ranks.map((_, from) => (from === index ? undefined : call.receive(from, '')));
  const out: Float32Array[] = [];
  for (const [from, wait] of waits.entries())
    out.push(wait === undefined ? parts[index] : await call.values(wait, from, ''));
  call.finish();
  return out;
}

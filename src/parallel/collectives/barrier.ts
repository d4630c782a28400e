// Barrier: no rank of the group goes on before all have come.

import { Call } from './call';
import type { CallOptions, Group } from './group';

/**
 * Dissemination barrier (Hensgen, Finkel and Manber 1988): in round k everyone tells the rank 2^k further on; log2(n) rounds.
 * @throws LabError (as a rejection) of the endpoint.
 */
export async function barrier(group: Group, options: CallOptions): Promise<void> {
  const { ranks, index } = group;
  const count = ranks.length;
  if (count === 1) return;
  const call = new Call(group, 'barrier', options);
  for (let distance = 1; distance < count; distance *= 2) {
    const phase = `${distance}`;
    call.send((index + distance) % count, phase, []);
    await call.arrived(call.receive((index - distance + count) % count, phase));
  }
  call.finish();
}

// Reduce-scatter and all-gather round a ring: n - 1 hops each, every part passed on in the buffer it came in, so that nothing is
// copied on the way. The order of a part's sum is that of the ring, from the rank after its owner: fixed by position.
// In place on `data`, cut by `spans`, one a rank (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce algorithms").

import type { Span } from '../../core/partition';
import type { Call } from './call';
import { type ReduceOperation, reduceInto } from './reduction';
import { part } from './spans';

/** @returns the reduction of this rank's span in a buffer of its own; `data` is as it was. */
export async function ringReduceScatter(
  call: Call,
  data: Float32Array,
  spans: readonly Span[],
  operation: ReduceOperation,
): Promise<Float32Array> {
  const { index, pool } = call.group;
  const count = spans.length;
  const { next, previous } = neighbours(index, count);
  let passing: Float32Array | undefined;
  for (let hop = 1; hop < count; hop++) {
    const out = spans[(index - hop + count) % count];
    if (out.length > 0) call.send(next, 'ring scatter', [passing ?? pool.copy(part(data, out))]);
    passing = undefined;
    const into = spans[(index - hop - 1 + count) % count];
    if (into.length === 0) continue;
    passing = await call.values(call.receive(previous, 'ring scatter'), previous, 'ring scatter', into.length);
    reduceInto(passing, part(data, into), operation);
  }
  return passing ?? new Float32Array(0);
}

/** Gives `own` away. Afterwards every span of `data` holds what its rank gave. */
export async function ringGather(
  call: Call,
  own: Float32Array,
  data: Float32Array,
  spans: readonly Span[],
): Promise<void> {
  const { index, pool } = call.group;
  const count = spans.length;
  const { next, previous } = neighbours(index, count);
  part(data, spans[index]).set(own);
  let passing: Float32Array | undefined = own;
  for (let hop = 0; hop < count - 1; hop++) {
    if (passing !== undefined && passing.length > 0) call.send(next, 'ring gather', [passing]);
    passing = undefined;
    const into = spans[(index - hop - 1 + count) % count];
    if (into.length === 0) continue;
    passing = await call.values(call.receive(previous, 'ring gather'), previous, 'ring gather', into.length);
    part(data, into).set(passing);
  }
  if (passing) pool.give(passing);
}

function neighbours(index: number, count: number): { readonly next: number; readonly previous: number } {
  return { next: (index + 1) % count, previous: (index - 1 + count) % count };
}

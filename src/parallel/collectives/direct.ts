// Reduce-scatter and all-gather in one hop each: every rank sends every other its part. Sums run in the order of the group's ranks,
// whatever arrives first. They work in place on `data`, cut by `spans`, one a rank. Parts of no element send nothing.

import type { Span } from '../../core/partition';
import type { Payload } from '../transport/message';
import type { Call } from './call';
import { type ReduceOperation, reduceInto } from './reduction';
import { part } from './spans';

/** Afterwards this rank's span of `data` holds the reduction; the other spans are as they were. */
export async function directReduceScatter(
  call: Call,
  data: Float32Array,
  spans: readonly Span[],
  operation: ReduceOperation,
): Promise<void> {
  const { index } = call.group;
  const phase = 'scatter';
  eachOther(spans.length, index, (to) => {
    if (spans[to].length > 0) call.sendCopy(to, phase, part(data, spans[to]));
  });
  const own = part(data, spans[index]);
  if (own.length === 0) return;
  await reduceInOrder(call, own, phase, operation);
}

/** Every rank's whole `data`, reduced on every rank: one hop, the most bytes. For small arrays. */
export async function exchangeReduce(call: Call, data: Float32Array, operation: ReduceOperation): Promise<void> {
  const { index, ranks } = call.group;
  if (data.length === 0) return;
  eachOther(ranks.length, index, (to) => call.sendCopy(to, 'exchange', data));
  await reduceInOrder(call, data, 'exchange', operation);
}

/** Afterwards every span of `data` holds what its rank had there. */
export async function directGather(call: Call, data: Float32Array, spans: readonly Span[]): Promise<void> {
  const { index, pool } = call.group;
  const own = part(data, spans[index]);
  eachOther(spans.length, index, (to) => {
    if (own.length > 0) call.sendCopy(to, 'gather', own);
  });
  const waits = spans.map((span, from) =>
    from === index || span.length === 0 ? undefined : call.receive(from, 'gather'),
  );
  for (const [from, wait] of waits.entries()) {
    if (wait === undefined) continue;
    const values = await call.values(wait, from, 'gather', spans[from].length);
    part(data, spans[from]).set(values);
    pool.give(values);
  }
}

/** own = value of rank 0 op rank 1 op ... with `own` at this rank's place. */
async function reduceInOrder(call: Call, own: Float32Array, phase: string, operation: ReduceOperation): Promise<void> {
  const { index, ranks, pool } = call.group;
  const waits = ranks.map((_, from): Promise<Payload> | undefined =>
    from === index ? undefined : call.receive(from, phase),
  );
  // What came from the ranks before this one adds up in the first of their buffers; from this rank on, in `own`.
  let before: Float32Array | undefined;
  for (const [from, wait] of waits.entries()) {
    if (wait === undefined) {
      if (before) reduceInto(own, before, operation);
      if (before) pool.give(before);
      continue;
    }
    const values = await call.values(wait, from, phase, own.length);
    if (from < index && before === undefined) before = values;
    else {
      reduceInto(from < index && before ? before : own, values, operation);
      pool.give(values);
    }
  }
}

/** The other ranks, from the next one on, so that not all begin with the same one. */
function eachOther(count: number, index: number, visit: (other: number) => void): void {
  for (let hop = 1; hop < count; hop++) visit((index + hop) % count);
}

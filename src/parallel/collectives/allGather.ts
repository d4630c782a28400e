// All-gather: every rank of the group ends with the parts of all, in order.

import { type AlgorithmChoice, chooseAlgorithm } from './algorithm';
import { Call } from './call';
import { directGather } from './direct';
import type { CallOptions, Group } from './group';
import { requireCounts } from './requireCounts';
import { ringGather } from './ring';
import { part, spansOf } from './spans';

export interface GatherOptions extends CallOptions {
  /** Default `auto`. All give the same bits. */
  readonly algorithm?: AlgorithmChoice;
  /** Where to write; default: a fresh array. Its length is the sum of the counts. `own` may lie in it at its place. */
  readonly into?: Float32Array;
}

/**
 * `counts[i]` values come from rank i of the group; uneven and 0 are fine, the same on all ranks. `own` is not consumed.
 * @returns `options.into`, or a fresh array of all parts. A group of one without `into` gets `own` back.
 * @throws LabError `internal` where counts do not fit; (as a rejection) those of the endpoint.
 */
export async function allGather(
  group: Group,
  own: Float32Array,
  counts: readonly number[],
  options: GatherOptions,
): Promise<Float32Array> {
  const total = counts.reduce((sum, count) => sum + count, 0);
  requireCounts(group, counts, options.into?.length ?? total, own.length);
  const single = counts.length === 1;
  if (single && options.into === undefined) return own;
  const data = options.into ?? new Float32Array(total);
  const spans = spansOf(counts);
  // Moves nothing where `own` already lies in its place.
  part(data, spans[group.index]).set(own);
  if (single) return data;
  const call = new Call(group, 'allGather', options);
  if (chooseAlgorithm(options.algorithm ?? 'auto', data.byteLength, counts.length) === 'ring')
    await ringGather(call, group.pool.copy(own), data, spans);
  else await directGather(call, data, spans);
  call.finish();
  return data;
}

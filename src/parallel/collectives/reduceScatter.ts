// Reduce-scatter: each rank of the group ends with its own part of the sum (or of the largest values).

import { type AlgorithmChoice, chooseAlgorithm } from './algorithm';
import type { ReduceOptions } from './allReduce';
import { Call } from './call';
import { directReduceScatter } from './direct';
import type { Group } from './group';
import { requireCounts } from './requireCounts';
import { ringReduceScatter } from './ring';
import { part, spansOf } from './spans';

/**
 * `counts[i]` consecutive values of `data` belong to rank i of the group; uneven and 0 are fine, the same on all ranks.
 * @returns this rank's part: a view of `data`, which is consumed (its other parts are undefined afterwards).
 * @throws LabError `internal` where counts do not add up to `data`; (as a rejection) those of the endpoint.
 */
export async function reduceScatter(
  group: Group,
  data: Float32Array,
  counts: readonly number[],
  options: ReduceOptions,
): Promise<Float32Array> {
  requireCounts(group, counts, data.length);
  if (group.ranks.length === 1) return data;
  const { operation = 'sum' } = options;
  const call = new Call(group, 'reduceScatter', options);
  const spans = spansOf(counts);
  const own = part(data, spans[group.index]);
  if (oneHop(options.algorithm ?? 'auto', data.byteLength, counts.length)) {
    await directReduceScatter(call, data, spans, operation);
  } else {
    const reduced = await ringReduceScatter(call, data, spans, operation);
    own.set(reduced);
    group.pool.give(reduced);
  }
  call.finish();
  return own;
}

function oneHop(choice: AlgorithmChoice, bytes: number, ranks: number): boolean {
  return chooseAlgorithm(choice, bytes, ranks) !== 'ring';
}

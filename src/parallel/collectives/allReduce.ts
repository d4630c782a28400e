// All-reduce: afterwards every rank of the group holds the same sum (or largest values), bit for bit.

import { partition } from '../../core/partition';
import { type AlgorithmChoice, chooseAlgorithm } from './algorithm';
import { Call } from './call';
import { directGather, directReduceScatter, exchangeReduce } from './direct';
import type { CallOptions, Group } from './group';
import type { ReduceOperation } from './reduction';
import { ringGather, ringReduceScatter } from './ring';

export interface ReduceOptions extends CallOptions {
  /** Default `sum`. */
  readonly operation?: ReduceOperation;
  /** Default `auto`. `direct` and `exchange` give the same bits: sums in rank order. */
  readonly algorithm?: AlgorithmChoice;
}

/**
 * In place on `data`, of one length on all ranks; it may be a view, and must be left alone until this resolves (with `data`).
 * After a failure `data` is undefined.
 * @throws LabError (as a rejection) of the endpoint; `mesh.mismatch` where lengths differ.
 */
export async function allReduce(group: Group, data: Float32Array, options: ReduceOptions): Promise<Float32Array> {
  const count = group.ranks.length;
  if (count === 1) return data;
  const { operation = 'sum' } = options;
  const call = new Call(group, 'allReduce', options);
  const algorithm = chooseAlgorithm(options.algorithm ?? 'auto', data.byteLength, count);
  if (algorithm === 'exchange') await exchangeReduce(call, data, operation);
  else {
    const spans = partition(data.length, count);
    if (algorithm === 'ring') {
      const own = await ringReduceScatter(call, data, spans, operation);
      await ringGather(call, own, data, spans);
    } else {
      await directReduceScatter(call, data, spans, operation);
      await directGather(call, data, spans);
    }
  }
  call.finish();
  return data;
}

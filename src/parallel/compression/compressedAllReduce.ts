// The all-reduce of a gradient bucket by the name of its compression. Every rank ends with the same bits; what was left out stays
// behind on the rank that left it out and is added to its next gradient (error feedback: Karimireddy et al. 2019).

import { LabError } from '../../core/errors';
import { allReduce } from '../collectives/allReduce';
import type { CallOptions, Group } from '../collectives/group';
import { f16 } from './f16';
import { gatherSumAllReduce } from './gatherSum';
import { int8 } from './int8';
import { powerAllReduce } from './powerSgd';
import type { CompressionSettings, CompressionState } from './state';
import { topK } from './topK';
import { twoPassAllReduce } from './twoPass';

/**
 * In place on `data` (one length on all ranks, left alone until this resolves with it). `state` is this bucket's, made by
 * createCompressionState(data.length). A group of one compresses nothing.
 * A value that is not finite on any rank leaves one on every rank.
 * @throws LabError `internal` for the state of another bucket; (as a rejection) those of the endpoint; `mesh.mismatch` for codes that
 * do not fit.
 */
export async function compressedAllReduce(
  group: Group,
  data: Float32Array,
  settings: CompressionSettings,
  state: CompressionState,
  options: CallOptions,
): Promise<Float32Array> {
  if (state.length !== data.length)
    throw new LabError({
      code: 'internal',
      message: `A bucket of ${data.length} values came with the compression state of ${state.length}.`,
    });
  if (group.ranks.length === 1 || data.length === 0) return data;
  const { compression, errorFeedback, topKShare, powerRank } = settings;
  switch (compression) {
    case 'none':
      return allReduce(group, data, options);
    case 'f16':
      await twoPassAllReduce(group, data, f16, errorFeedback, state, options);
      return data;
    case 'int8':
      await twoPassAllReduce(group, data, int8, errorFeedback, state, options);
      return data;
    case 'top-k':
      await gatherSumAllReduce(group, data, topK(topKShare), errorFeedback, state, options);
      return data;
    case 'power-sgd':
      await powerAllReduce(group, data, powerRank, errorFeedback, state, options);
      return data;
  }
}

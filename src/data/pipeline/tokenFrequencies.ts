// What the Data view shows of how often tokens occur: the most frequent ones, spelled, and a curve of counts by rank. Pure.

import type { PipelineSummary } from '../../core/pipelineRecords';
import { wellFormed } from '../decodeText';
import type { Tokenizer } from '../tokenizer';
import { TokenSpelling } from '../tokenSpelling';

const COMMON_TOKENS = 200;

/** @param counts of every id, how often it occurs */
export function tokenFrequencies(
  counts: Uint32Array,
  tokenizer: Tokenizer,
): Pick<PipelineSummary, 'commonTokens' | 'tokenRanks' | 'tokensSeen'> {
  const common = [...counts.entries()].filter(([, count]) => count > 0).sort(([a, n], [b, m]) => m - n || a - b);
  const spelling = new TokenSpelling(tokenizer);
  return {
    commonTokens: common
      .slice(0, COMMON_TOKENS)
      .map(([id, count]) => ({ id, count, text: wellFormed(spelling.readable(id)) })),
    tokenRanks: rankSteps(common.length).map((rank) => ({ rank, count: common[rank - 1][1] })),
    tokensSeen: common.length,
  };
}

/** 1, 2, 3, 4, 5, 6, 8, 10, 13, ... and the last: about ten to each factor of ten. */
function rankSteps(count: number): readonly number[] {
  const ranks = new Set<number>();
  for (let rank = 1; rank < count; rank *= 10 ** 0.1) ranks.add(Math.round(rank));
  if (count > 0) ranks.add(count);
  return [...ranks].filter((rank) => rank <= count);
}

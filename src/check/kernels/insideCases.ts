// Checks of the kernels that look inside a model: the ranking of tokens.

import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { planTopTokens, rankingStride } from '../../gpu/plans/topTokens';
import { IGNORED_TARGET } from '../../reference/crossEntropy';
import { topTokens } from '../../reference/topTokens';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { normals, planFamilies, unwritten, wide } from './caseData';

interface Ranking {
  readonly rows: number;
  readonly vocabulary: number;
  readonly top: number;
  readonly values?: 'ties' | 'large';
}

const RANKINGS: readonly Ranking[] = [
  { rows: 1, vocabulary: 1, top: 1 },
  { rows: 5, vocabulary: 7, top: 5 },
  { rows: 3, vocabulary: 257, top: 8 },
  { rows: 2, vocabulary: 1031, top: 3 },
  { rows: 2, vocabulary: 65, top: 4, values: 'ties' },
  { rows: 3, vocabulary: 65, top: 4, values: 'large' },
];

function rankingCase({ rows, vocabulary, top, values }: Ranking, family: PlanFamily): KernelCase {
  const logits = normals('logits', rows * vocabulary, 3);
  if (values === 'ties') for (let i = 0; i < logits.length; i++) logits[i] = i % 3;
  if (values === 'large') for (let i = 0; i < logits.length; i++) logits[i] *= 3000;
  const targets = Int32Array.from({ length: rows }, (_, row) =>
    row % 4 === 3 ? IGNORED_TARGET : (row * 7919 + 1) % vocabulary,
  );
  const [dispatch] = planTopTokens({ rows, vocabulary, top }, family);
  const ranking = unwritten(rows * rankingStride(top));
  return {
    name: `top_tokens ${family} ${rows}x${vocabulary} top ${top}${values ? ` ${values}` : ''}`,
    run: { ...dispatch, buffers: { logits, targets, ranking } },
    // Beside tokens of up to V stand log-probabilities, whose own scale is that of the logits: log and exp are a few units in the last place off.
    expected: {
      ranking: { values: topTokens({ logits: wide(logits), targets, vocabulary, top }), terms: 1, factor: 2 },
    },
  };
}

export const insideFamily: KernelFamily = {
  family: 'looking inside',
  *cases() {
    for (const family of planFamilies) for (const ranking of RANKINGS) yield rankingCase(ranking, family);
  },
};

// Plans how a model judges the tokens that a draft proposed, and moves its texts on by those that it accepts.

import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';
import { lanesOfVocabulary } from './sampleToken';

export interface DraftProblem {
  readonly texts: number;
  /** K: tokens that were proposed to each text. */
  readonly drafted: number;
  readonly vocabulary: number;
}

const WORKGROUP = 4;

/** Words of what a text got: how many tokens, and the tokens. */
export function draftResultWords(drafted: number): number {
  return drafted + 2;
}

/**
 * Tensors, with T = drafted + 1: logits [texts * T, vocabulary], sampling (u32 [SAMPLING_WORDS]), seen (u32 [texts * seenWords], read and written), draft
 * (u32 [texts * T]), q [texts * drafted, vocabulary], verdicts (u32 [texts * T, 2], scratch), tokens and first_positions (u32 [texts], read and written),
 * results (u32 [texts * draftResultWords]).
 */
export function planAcceptDraft({ texts, drafted, vocabulary }: DraftProblem, family: PlanFamily): PlannedDispatch[] {
  const rows = texts * (drafted + 1);
  const lanes = lanesOfVocabulary(vocabulary, family);
  return [
    {
      kernel: 'draft_verdict',
      flags: { LANES: lanes },
      overrides: { WORKGROUP: lanes },
      params: { rows, tokens: drafted + 1, vocabulary },
      workgroups: foldWorkgroups(rows),
      flops: 6 * rows * vocabulary,
      bytes: 8 * rows * vocabulary,
    },
    {
      kernel: 'draft_advance',
      flags: {},
      overrides: { WORKGROUP },
      params: { texts, tokens: drafted + 1, vocabulary },
      workgroups: foldWorkgroups(Math.ceil(texts / WORKGROUP)),
      flops: 0,
      bytes: 16 * rows,
    },
  ];
}

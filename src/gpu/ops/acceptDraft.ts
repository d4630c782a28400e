// Judges the tokens that a draft of a model proposed by the model's own logits, and moves the texts on: nothing is read back in between.

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation, requireShape } from '../operation';
import { draftResultWords, planAcceptDraft } from '../plans/acceptDraft';
import { SAMPLING_WORDS, seenWords } from '../plans/sampleToken';

export interface AcceptDraftTypes {
  readonly inputs: {
    /** [B * T, V], T = drafted + 1: after each text's last token, and after each proposal. */
    readonly logits: Tensor;
    /** u32 [SAMPLING_WORDS], see samplingBlock. */
    readonly sampling: Tensor;
    /** u32 [B * seenWords(V)]: read, and the new tokens added. */
    readonly seen: Tensor;
    /** u32 [B * T]: each text's last token, then the proposals. */
    readonly draft: Tensor;
    /** [B * drafted * V]: what they were drawn from. */
    readonly q: Tensor;
    /** u32 [B]: written, the last token of each text. */
    readonly tokens: Tensor;
    /** u32 [B]: moved on by as many tokens as each text got. */
    readonly firstPositions: Tensor;
    /** u32 [B * draftResultWords(drafted)]: written. */
    readonly results: Tensor;
  };
  readonly attributes: { readonly drafted: number };
  readonly outputs: Readonly<Record<string, never>>;
}

export const acceptDraft: Operation<AcceptDraftTypes> = {
  outputs(_make, { logits, sampling, seen, draft, q, tokens, firstPositions, results }, { drafted }) {
    const [rows, vocabulary] = logits.shape;
    const texts = tokens.shape[0];
    requireShape(
      drafted >= 1 &&
        rows === texts * (drafted + 1) &&
        draft.shape[0] === rows &&
        q.shape[0] === texts * drafted * vocabulary &&
        sampling.shape[0] === SAMPLING_WORDS &&
        seen.shape[0] === texts * seenWords(vocabulary) &&
        firstPositions.shape[0] === texts &&
        results.shape[0] === texts * draftResultWords(drafted),
      'acceptDraft',
      `logits [${logits.shape}], draft [${draft.shape}], q [${q.shape}], tokens [${tokens.shape}], results [${results.shape}] of ${drafted} drafted`,
    );
    return {};
  },
  forward(emit, { inputs, attributes: { drafted } }) {
    const { logits, tokens, firstPositions } = inputs;
    const verdicts = emit.scratch('verdicts', [logits.shape[0], 2], 'u32');
    const problem = { texts: tokens.shape[0], drafted, vocabulary: logits.shape[1] };
    for (const dispatch of planAcceptDraft(problem, emit.choices.family))
      emit.call('accept', dispatch, { ...inputs, first_positions: firstPositions, verdicts });
  },
  backward: nonDifferentiable('a drawn token has no gradient'),
};

// Draws the next token of each text from its logits, where the next decode step reads it: no read-back stands between two tokens.

import type { Tensor } from '../graph';
import { nonDifferentiable, type Operation, requireShape } from '../operation';
import { planSampleToken, SAMPLING_WORDS, seenWords } from '../plans/sampleToken';

export interface SampleTokenTypes {
  readonly inputs: {
    /** [B, V] */
    readonly logits: Tensor;
    /** u32 [SAMPLING_WORDS], see samplingBlock. */
    readonly sampling: Tensor;
    /** u32 [B * seenWords(V)]: read, and the new token added. */
    readonly seen: Tensor;
    /** u32 [B]: written. */
    readonly tokens: Tensor;
    /** [B, V]: written above temperature 0, what the tokens are drawn from. */
    readonly probabilities?: Tensor;
  };
  readonly attributes: Readonly<Record<string, never>>;
  readonly outputs: Readonly<Record<string, never>>;
}

export const sampleToken: Operation<SampleTokenTypes> = {
  outputs(_make, { logits, sampling, seen, tokens }) {
    const [rows, vocabulary] = logits.shape;
    requireShape(
      sampling.shape[0] === SAMPLING_WORDS &&
        seen.shape[0] === rows * seenWords(vocabulary) &&
        tokens.shape[0] === rows,
      'sampleToken',
      `logits [${logits.shape}], sampling [${sampling.shape}], seen [${seen.shape}], tokens [${tokens.shape}]`,
    );
    return {};
  },
  forward(emit, { inputs }) {
    const [rows, vocabulary] = inputs.logits.shape;
    for (const dispatch of planSampleToken(
      { rows, vocabulary, keep: inputs.probabilities !== undefined },
      emit.choices.family,
    ))
      emit.call('draw', dispatch, inputs);
  },
  backward: nonDifferentiable('a drawn token has no gradient'),
};

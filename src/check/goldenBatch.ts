// A golden batch as a model trains on it: which of its labels count, and the rows of it that one micro-batch has. Pure.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { type ModelTask, targetCount } from '../core/models/modelSizes';
import type { Span } from '../core/partition';
import { IGNORED_TARGET } from '../data/batcher';
import type { MicroBatch } from '../train/microBatch';

/** One batch as transformers takes it; all of [rows, T] but labels of sequences, which are [rows]. */
export interface LabelledBatch {
  readonly inputs: Int32Array;
  /** `labels`, or `start_positions` and `end_positions`. Those of a language model are the unshifted ids. */
  readonly labels: readonly Int32Array[];
  readonly tokenTypes?: Int32Array;
  /** 0 where a token is padding. */
  readonly mask?: Int32Array;
}

/** What a row's label means, at place `t` of T: the target, or IGNORED_TARGET. */
function targetOf(task: ModelTask, labels: Int32Array, row: number, t: number, tokens: number): number {
  switch (task) {
    case 'causal-lm':
      // Position t predicts label t + 1; the last one has nothing to predict.
      return t === tokens - 1 ? IGNORED_TARGET : labels[row * tokens + t + 1];
    case 'masked-lm':
    case 'token-classification':
      return labels[row * tokens + t];
    case 'sequence-classification':
      return labels[row];
    case 'question-answering': {
      // transformers clamps to 0..T and ignores T: what was cut off counts nowhere, what lies before the text at its first token.
      const position = Math.max(0, labels[row]);
      return position >= tokens ? IGNORED_TARGET : position;
    }
  }
}

/** Rows [start, start + length) of a batch as a micro-batch of `rows`; those that are left over are padding and count nowhere. */
export function microBatchOf(
  model: ModelConfig,
  { inputs, labels, tokenTypes, mask }: LabelledBatch,
  tokens: number,
  { start, length }: Span,
  rows: number,
): MicroBatch {
  const { task } = modelSizes(model);
  const count = targetCount({ task }, rows, tokens);
  const each = count / labels.length;
  const perRow = each / rows;
  const targets = new Int32Array(count).fill(IGNORED_TARGET);
  for (const [list, values] of labels.entries())
    for (let row = 0; row < length; row++)
      for (let t = 0; t < perRow; t++)
        targets[list * each + row * perRow + t] = targetOf(task, values, start + row, t, tokens);
  const ofTokens = (values: Int32Array): Uint32Array => {
    const own = new Uint32Array(rows * tokens);
    own.set(values.subarray(start * tokens, (start + length) * tokens));
    return own;
  };
  return {
    inputs: ofTokens(inputs),
    targets,
    firstRow: start,
    ...(tokenTypes ? { tokenTypes: ofTokens(tokenTypes) } : {}),
    ...(mask ? { mask: ofTokens(mask) } : {}),
  };
}

/** How many targets count. */
export function validTargets({ targets }: Pick<MicroBatch, 'targets'>): number {
  return targets.reduce((count, target) => count + (target === IGNORED_TARGET ? 0 : 1), 0);
}

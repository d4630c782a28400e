// What training calls while it runs, and the check of what a tokenizer is trained with.

import { LabError } from '../../core/errors';
import type { TokenizerKind, TokenizerTrainingOptions, TrainingProgress } from '../../core/tokenizerRecords';

/** Where a text cannot be said in the vocabulary; byte-level BPE needs none. */
export const unknownTokens: Readonly<Record<TokenizerKind, string | null>> = {
  'byte-level-bpe': null,
  wordpiece: '[UNK]',
  unigram: '<unk>',
};

export interface TrainingHooks {
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Ends the training with a LabError `run.cancelled`. */
  readonly signal?: AbortSignal;
}

/** @throws LabError `tokenizer.invalid` */
export function checkTrainingOptions({
  kind,
  vocabularySize,
  minFrequency,
  specialTokens,
}: TokenizerTrainingOptions): void {
  requireWhole('The vocabulary size', vocabularySize, 1_000_000);
  requireWhole('The minimum frequency', minFrequency, Number.MAX_SAFE_INTEGER);
  const seen = new Set<string>();
  for (const token of specialTokens) {
    // The encoder looks for special tokens before anything else: one letter or a space would take the text apart.
    if ([...token].length < 2 || /\s/.test(token) || /[\ud800-\udfff]/u.test(token)) {
      throw refusal(
        `${JSON.stringify(token)} cannot be a special token.`,
        'A special token has at least two characters, none of them white space.',
        'Write it like <|endoftext|>, or leave it out.',
      );
    }
    if (kind === 'wordpiece' && token.startsWith('##')) {
      throw refusal(
        `${token} cannot be a special token.`,
        'In WordPiece, ## marks the inside of a word.',
        'Rename it.',
      );
    }
    if (seen.has(token)) throw refusal(`The special token ${token} is named twice.`, undefined, 'Name it once.');
    seen.add(token);
  }
}

function requireWhole(what: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw refusal(`${what} is ${value}.`, `It takes a whole number from 1 to ${max}.`, 'Choose one in that range.');
}

/** @throws LabError `tokenizer.invalid` where nothing could be learnt or not even the alphabet fits. */
export function requireRoom(
  kind: TokenizerKind,
  { vocabularySize, specialTokens }: TokenizerTrainingOptions,
  alphabet: number,
): void {
  const needed = alphabet + specialTokens.length;
  if (vocabularySize >= needed) return;
  const rarer =
    'raise the minimum frequency, so that rare characters become the unknown token, or train byte-level BPE';
  throw refusal(
    `A vocabulary of ${vocabularySize} is too small.`,
    kind === 'byte-level-bpe'
      ? `The ${alphabet} bytes and ${specialTokens.length} special tokens need ${needed}.`
      : `The text's ${alphabet} characters and ${specialTokens.length} special tokens need ${needed}.`,
    `Choose at least ${needed}${kind === 'byte-level-bpe' ? '' : `, ${rarer}`}.`,
  );
}

export function emptyText(): LabError {
  return new LabError({
    code: 'data.invalid',
    message: 'There is no text to learn from.',
    why: 'The files hold nothing but white space and special tokens.',
    advice: 'Name files with text in them.',
  });
}

function refusal(message: string, why: string | undefined, advice: string): LabError {
  return new LabError({ code: 'tokenizer.invalid', message, ...(why === undefined ? {} : { why }), advice });
}

// What a tokenizer is trained with, what training tells while it runs and what it gives. Types, and the check of the options.

import { LabError } from '../../core/errors';

export const tokenizerKinds = ['byte-level-bpe', 'wordpiece', 'unigram'] as const;
export type TokenizerKind = (typeof tokenizerKinds)[number];

export interface TokenizerTrainingOptions {
  readonly kind: TokenizerKind;
  /** Tokens at most: special tokens, the alphabet, and what is learnt. */
  readonly vocabularySize: number;
  /** A pair (Unigram: a piece of several characters) is learnt only if it occurs this often; rarer characters are unknown. */
  readonly minFrequency: number;
  /** Take the first ids, in this order; the kinds that need an unknown token put it in front where it is not named. */
  readonly specialTokens: readonly string[];
}

export const defaultMinFrequency = 2;

/** Where a text cannot be said in the vocabulary; byte-level BPE needs none. */
export const unknownTokens: Readonly<Record<TokenizerKind, string | null>> = {
  'byte-level-bpe': null,
  wordpiece: '[UNK]',
  unigram: '<unk>',
};

/** What the published models of each kind use. */
export const defaultSpecialTokens: Readonly<Record<TokenizerKind, readonly string[]>> = {
  'byte-level-bpe': ['<|endoftext|>'],
  wordpiece: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  unigram: ['<unk>', '<s>', '</s>'],
};

export interface LearntMerge {
  readonly left: string;
  readonly right: string;
  /** Occurrences of the pair in the text when it was merged. */
  readonly count: number;
}

export type TrainingProgress =
  /** Merges since the last report, in order. */
  | {
      readonly phase: 'merges';
      readonly tokens: number;
      readonly target: number;
      readonly merges: readonly LearntMerge[];
    }
  /** Pieces that are left of the candidates; `bitsPerCharacter` by the model before the cut. */
  | { readonly phase: 'pruning'; readonly tokens: number; readonly target: number; readonly bitsPerCharacter: number };

export interface TrainingHooks {
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Ends the training with a LabError `run.cancelled`. */
  readonly signal?: AbortSignal;
}

export interface TrainedTokenizer {
  /** Text of a tokenizer.json. */
  readonly json: string;
  readonly vocabularySize: number;
  /** Merges learnt, 0 for Unigram. */
  readonly merges: number;
  /** UTF-8 bytes of the text, special tokens left out. */
  readonly bytes: number;
  /** Tokens that the trained tokenizer makes of these bytes. */
  readonly tokens: number;
  /** Of these, unknown ones. */
  readonly unknown: number;
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

// Tokenizers that are trained in the lab: what with, what training tells while it runs, what it gives, and a text taken apart by one.
// Plain types and the defaults of the forms.

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

/** A token of a text, for people to look at. */
export interface ShownToken {
  readonly id: number;
  /** As the vocabulary spells it. */
  readonly text: string;
  /** UTF-8 of what it stands for; a byte-level token may be part of a character. */
  readonly bytes: Uint8Array;
}

export interface TokenizedText {
  readonly tokens: readonly ShownToken[];
  /** UTF-8 bytes of the text. */
  readonly bytes: number;
  /** Code points that no token stands for. */
  readonly dropped: number;
  readonly vocabularySize: number;
}

// What models that read whole sequences learn from: labelled texts and answered questions as records, and sequences of tokens with their targets.
// Plain data; data/prepareSequences.ts makes it, data/sequenceBatches.ts deals it out.

import type { ModelTask } from './models/modelSizes';

/** For a sequence classifier. */
export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

/** For a token classifier: a label for each stretch of the text that has one; what has none is `O`. */
export interface TaggedText {
  readonly text: string;
  /** Characters, `end` past the last one. */
  readonly spans: readonly { readonly start: number; readonly end: number; readonly label: string }[];
}

/** For extractive answers: the answer stands in the context at `answerStart`; '' and 0 where the context does not answer. */
export interface AnsweredQuestion {
  readonly question: string;
  readonly context: string;
  readonly answer: string;
  readonly answerStart: number;
}

export type LabelledRecord = LabelledText | TaggedText | AnsweredQuestion;

export type SequenceTask = Exclude<ModelTask, 'causal-lm'>;

/** Sequences one behind another in a part's tokens. */
export interface SequencePart {
  /** [sequences + 1] where each begins, and the end of the last. */
  readonly starts: Uint32Array;
  /** [tokens] segments. */
  readonly typeIds: Uint8Array;
  /** [sequences] classes; [2 sequences] first token and last of each answer; [tokens] classes, -100 where none counts. */
  readonly targets: Int32Array;
}

/** How running text becomes masked sequences: transformers' DataCollatorForLanguageModeling. */
export interface MaskingRule {
  readonly mask: number;
  /** Tokens around each sequence. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Ids that are never hidden, ascending. */
  readonly special: readonly number[];
  /** Share of the other tokens that is hidden: 0.15. */
  readonly share: number;
  readonly vocabularySize: number;
}

/** Beside the tokens of PreparedData. */
export type SequenceData =
  | { readonly task: 'masked-lm'; readonly masking: MaskingRule }
  | {
      readonly task: Exclude<SequenceTask, 'masked-lm'>;
      /** Fills short sequences up; hidden by the mask. */
      readonly pad: number;
      readonly train: SequencePart;
      readonly validation: SequencePart;
      /** Of classifiers, in the order of their targets. */
      readonly labels: readonly string[];
      /** Of a uniform guess, nats an item of the held-out part. */
      readonly uniformEntropy: number;
      /** Held-out questions, for exact match and F1. */
      readonly questions: readonly AnsweredQuestion[];
    };

/** How well a model does what it is for, on held-out data. */
export interface Judgement {
  /** Share of right classes: of sequences, or of tokens that have one. */
  readonly accuracy?: number;
  /** What always giving the commonest class of the held-out part reaches. */
  readonly majority?: number;
  /** SQuAD's (Rajpurkar et al. 2016), shares from 0 to 1. */
  readonly exactMatch?: number;
  readonly f1?: number;
  /** Sequences, tokens or questions that were judged. */
  readonly judged: number;
}

// What every model family has under its own names, under one: what plans, meshes and memory are counted with. Pure data.

/** What a model is trained to give, which decides what its batches hold besides tokens. */
export type ModelTask =
  /** The next token at each position. */
  | 'causal-lm'
  /** The tokens that were hidden. */
  | 'masked-lm'
  /** One label a sequence. */
  | 'sequence-classification'
  /** One label a token. */
  | 'token-classification'
  /** Where an answer begins and where it ends. */
  | 'question-answering';

export interface ModelSizes {
  readonly task: ModelTask;
  readonly layers: number;
  /** C */
  readonly width: number;
  /** Query heads. */
  readonly heads: number;
  /** Heads of keys and values; they divide `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
  /** F of the feed-forward part. */
  readonly inner: number;
  /** Most tokens of a sequence. */
  readonly positions: number;
  /** V; 0 where it is to follow from the text. */
  readonly vocabulary: number;
  /** Numbers that the model gives an item: V of a language model, else the number of labels. */
  readonly outputs: number;
}

/** A field that does not fit the others, and the nearest value that does. */
export interface FieldConflict {
  readonly field: string;
  readonly got: number;
  /** What the others make it take; `section` stands before the names of other fields. */
  readonly rule: (section: string) => string;
  readonly fitting: number;
}

/** The family's own names of the sizes that people set, as its config.json has them. */
export interface SizeFields {
  readonly layers: string;
  readonly width: string;
  readonly heads: string;
  readonly positions: string;
}

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
  /** Segments that tokens may belong to, told by an embedding of their own; 0 where there is none. */
  readonly tokenTypes: number;
  /** Padding is hidden from attention by a mask that comes with the batch. */
  readonly masked: boolean;
  /** The token whose embedding gets no gradient from being read (PyTorch's padding_idx); null: none. */
  readonly untrainedToken: number | null;
  /**
   * Where positions are counted as RoBERTa counts them: the row of the position table that padding has, behind which the others count up.
   * Null: a token's position is its place in the sequence.
   */
  readonly paddingPosition: number | null;
}

/** Rows of the position table: some are before the first position that a text has. */
export function positionRows({ positions, paddingPosition }: ModelSizes): number {
  return positions + (paddingPosition === null ? 0 : paddingPosition + 1);
}

/**
 * Positions as RoBERTa counts them, into [B, T]: in each sequence the tokens that are no padding count up from behind the padding's position,
 * which padding itself keeps, wherever it stands. Source: transformers' create_position_ids_from_input_ids.
 * @param padding id of the padding token, and its position
 */
export function countPositions(ids: Uint32Array, tokens: number, padding: number, into: Uint32Array): void {
  let last = padding;
  for (let row = 0; row < ids.length; row++) {
    if (row % tokens === 0) last = padding;
    if (ids[row] !== padding) last++;
    into[row] = ids[row] === padding ? padding : last;
  }
}

/** Targets of `rows` sequences of `tokens`: one a token, one a sequence, or first all starts and then all ends. */
export function targetCount({ task }: Pick<ModelSizes, 'task'>, rows: number, tokens: number): number {
  switch (task) {
    case 'causal-lm':
    case 'masked-lm':
    case 'token-classification':
      return rows * tokens;
    case 'sequence-classification':
      return rows;
    case 'question-answering':
      return 2 * rows;
  }
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

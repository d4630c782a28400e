// What a look inside a model brings back: the text it read, its attention, its residual stream and what the logit lens saw. Plain data.

export interface InspectRequest {
  readonly text: string;
  /** Tokens of the lens at each place; 5 where left out. */
  readonly top?: number;
}

/** What the model makes of a text at each layer's end. Layer 0 is the embedding, the last is the model's own output. */
export interface LensReadings {
  /** `next`: a place is asked for the token after it; `same`: for the token that stands there. */
  readonly asked: 'next' | 'same';
  /** K of the arrays. */
  readonly top: number;
  /** [L + 1, T, K]: the best tokens, likeliest first. */
  readonly tokens: Int32Array;
  /** [L + 1, T, K]: their log-probabilities, nats. */
  readonly logProbabilities: Float32Array;
  /** [L + 1, T]: of the whole distribution, nats. */
  readonly entropy: Float32Array;
  /** [L + 1, T]: log-probability of the token that the text has, nats; NaN where it ends before. */
  readonly actual: Float32Array;
  /** [L + 1, T]: how many tokens are likelier than that one; -1 where the text ends before. */
  readonly rank: Int32Array;
}

export interface Inspection {
  /** Ids as the model read them: T of them. */
  readonly ids: Uint32Array;
  /** Each token as it is shown: the text that it stands for. */
  readonly texts: readonly string[];
  /** What the lens's tokens stand for, by id. */
  readonly vocabulary: ReadonlyMap<number, string>;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  /** Of each layer [H, T, T]: how much of each token (column) goes into each (row). */
  readonly attentions: readonly Float32Array[];
  /** [T, C] each: the embedding, then what each layer leaves. */
  readonly residuals: readonly Float32Array[];
  /** Null for a model whose head says nothing of tokens. */
  readonly lens: LensReadings | null;
  /** Tokens at the text's end that were left out, since no more are looked into. */
  readonly leftOut: number;
  /** Code points of the text that no token stands for. */
  readonly dropped: number;
  /** Step of the run whose weights these are; null for a model that was loaded. */
  readonly step: number | null;
  readonly milliseconds: number;
}
